with variants as (
    {{ newest_versions('lemon_squeezy', 'variants') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as variant_id,
        {{ account_key('lemon_squeezy', 'product_id') }} as product_id,
        name as variant_name
    from variants
)

select * from final

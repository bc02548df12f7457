with stores as (
    {{ newest_versions('lemon_squeezy', 'stores') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as store_id,
        name as store_name,
        lower(currency) as currency
    from stores
)

select * from final

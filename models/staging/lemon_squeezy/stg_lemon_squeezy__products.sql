with products as (
    {{ newest_versions('lemon_squeezy', 'products') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as product_id,
        name as product_name,
        description as product_description,
        coalesce(status = 'published', false) as is_active,
        created_at
    from products
)

select * from final

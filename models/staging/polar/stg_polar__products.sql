with products as (
    {{ newest_versions('polar', 'products') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as product_id,
        name as product_name,
        description as product_description,
        recurring_interval as billing_interval,
        coalesce(recurring_interval_count, 1) as billing_interval_count,
        metadata,
        not coalesce(is_archived, false) as is_active,
        created_at
    from products
)

select * from final

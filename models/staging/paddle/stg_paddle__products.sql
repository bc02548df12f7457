with products as (
    {{ newest_versions('paddle', 'products') }}
),

final as (
    select
        source_account,
        {{ account_key('paddle', 'id') }} as product_id,
        name as product_name,
        description as product_description,
        {{ json_text('custom_data', 'kind') }} as product_kind,
        custom_data as metadata,
        coalesce(status = 'active', false) as is_active,
        created_at
    from products
)

select * from final

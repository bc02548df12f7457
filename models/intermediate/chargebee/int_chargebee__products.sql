with chargebee_items as (
    select * from {{ ref('stg_chargebee__items') }}
),

final as (
    select
        source_account,
        product_id,
        product_name,
        product_description,
        {{ json_text('metadata', 'kind') }} as product_kind,
        unit_label,
        metadata,
        is_active,
        is_deleted,
        deleted_at
    from chargebee_items
)

select * from final

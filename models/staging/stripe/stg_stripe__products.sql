with product_history as (
    select * from {{ ref('stg_stripe__product_history') }}
),

final as (
    select
        source_account,
        product_id,
        default_price_id,
        product_name,
        product_description,
        product_kind,
        product_type,
        unit_label,
        is_active,
        metadata,
        is_livemode,
        created_at,
        updated_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        valid_to is not null as is_deleted
    from product_history
    where is_newest
)

select * from final

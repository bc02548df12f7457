with paddle_products as (
    select * from {{ ref('stg_paddle__products') }}
),

final as (
    select
        source_account,
        product_id,
        product_name,
        product_description,
        product_kind,
        metadata,
        is_active,
        false as is_deleted,
        created_at
    from paddle_products
)

select * from final

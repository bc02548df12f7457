with polar_products as (
    select * from {{ ref('stg_polar__products') }}
),

final as (
    select
        source_account,
        product_id,
        product_name,
        product_description,
        metadata,
        is_active,
        false as is_deleted,
        created_at
    from polar_products
)

select * from final

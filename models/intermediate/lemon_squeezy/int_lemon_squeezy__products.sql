with lemon_squeezy_products as (
    select * from {{ ref('stg_lemon_squeezy__products') }}
),

final as (
    select
        source_account,
        product_id,
        product_name,
        product_description,
        is_active,
        false as is_deleted,
        created_at
    from lemon_squeezy_products
)

select * from final

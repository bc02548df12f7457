with products as (
    select * from {{ ref('int_billing_products') }}
),

dim_plans as (
    select * from {{ ref('dim_plans') }}
),

plans_by_product as (
    select
        product_id,
        min(tier) as tier,
        max(monthly_calls) as monthly_calls,
        count(*) as prices,
        sum(case when is_active then 1 else 0 end) as active_prices,
        max(case when is_credit_pack then 1 else 0 end) as any_credit_pack
    from dim_plans
    group by product_id
),

final as (
    select
        products.product_id,
        products.billing_provider,
        products.source_account,
        products.product_name,
        plans_by_product.tier,
        plans_by_product.monthly_calls,
        cast(coalesce(plans_by_product.prices, 0) as bigint) as prices,
        cast(coalesce(plans_by_product.active_prices, 0) as bigint) as active_prices,
        coalesce(plans_by_product.any_credit_pack = 1, products.product_kind = 'credit_pack', false)
            as is_credit_pack,
        coalesce(products.is_active, true) and not coalesce(products.is_deleted, false)
            as is_active,
        coalesce(products.is_deleted, false) as is_deleted
    from products
    left join plans_by_product
        on products.product_id = plans_by_product.product_id
)

select * from final

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
        count(case when not is_placeholder then 1 end) as prices,
        sum(case when is_active then 1 else 0 end) as active_prices,
        max(case when is_credit_pack then 1 else 0 end) as any_credit_pack,
        max(case when is_placeholder then 1 else 0 end) as any_placeholder,
        max(billing_provider) as billing_provider,
        max(source_account) as source_account,
        max(product_name) as product_name
    from dim_plans
    group by product_id
),

-- products, and those that only a price still names: deleted ones, and the placeholder
final as (
    select
        coalesce(products.product_id, plans_by_product.product_id) as product_id,
        coalesce(products.billing_provider, plans_by_product.billing_provider) as billing_provider,
        coalesce(products.source_account, plans_by_product.source_account) as source_account,
        coalesce(products.product_name, plans_by_product.product_name) as product_name,
        plans_by_product.tier,
        plans_by_product.monthly_calls,
        cast(coalesce(plans_by_product.prices, 0) as bigint) as prices,
        cast(coalesce(plans_by_product.active_prices, 0) as bigint) as active_prices,
        coalesce(plans_by_product.any_credit_pack = 1, products.product_kind = 'credit_pack', false)
            as is_credit_pack,
        -- a price whose product is unknown may still be on sale
        case
            when products.product_id is null then plans_by_product.active_prices > 0
            else coalesce(products.is_active, true) and not coalesce(products.is_deleted, false)
        end as is_active,
        coalesce(products.is_deleted, false) as is_deleted,
        coalesce(plans_by_product.any_placeholder = 1, false) as is_placeholder
    from products
    full outer join plans_by_product
        on products.product_id = plans_by_product.product_id
)

select * from final

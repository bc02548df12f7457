with prices as (
    select * from {{ ref('int_billing_prices') }}
),

products as (
    select * from {{ ref('int_billing_products') }}
),

plan_limits as (
    select * from {{ ref('plan_limits') }}
),

credit_packs as (
    select distinct product_id
    from {{ ref('credit_packs') }}
),

known as (
    select
        prices.price_id,
        prices.product_id,
        prices.billing_provider,
        prices.source_account,
        products.product_name,
        prices.nickname,
        plan_limits.tier,
        cast(plan_limits.monthly_calls as bigint) as monthly_calls,
        cast(plan_limits.overage_usd_per_call as decimal(38, 9)) as overage_usd_per_call,
        prices.price_type,
        prices.currency,
        prices.unit_amount,
        prices.billing_scheme,
        prices.tiers_mode,
        prices.billing_interval,
        prices.billing_interval_count,
        prices.usage_type,
        prices.tax_behavior,
        credit_packs.product_id is not null
        or coalesce(products.product_kind = 'credit_pack', false) as is_credit_pack,
        coalesce(prices.is_active, false)
        and not prices.is_deleted
        and coalesce(products.is_active, true)
        and not coalesce(products.is_deleted, false) as is_active,
        prices.is_deleted,
        coalesce(products.is_deleted, false) as is_product_deleted,
        false as is_placeholder,
        prices.price_origin,
        prices.created_at
    from prices
    left join products
        on prices.product_id = products.product_id
    left join plan_limits
        on prices.product_id = plan_limits.product_id
    left join credit_packs
        on prices.product_id = credit_packs.product_id
),

final as (
    select * from known
    union all
    -- what marts name in place of a plan
    select
        '__no_plan__' as price_id,
        '__no_plan__' as product_id,
        cast(null as {{ dbt.type_string() }}) as billing_provider,
        cast(null as {{ dbt.type_string() }}) as source_account,
        'No plan' as product_name,
        cast(null as {{ dbt.type_string() }}) as nickname,
        cast(null as {{ dbt.type_string() }}) as tier,
        cast(null as bigint) as monthly_calls,
        cast(null as decimal(38, 9)) as overage_usd_per_call,
        cast(null as {{ dbt.type_string() }}) as price_type,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as decimal(38, 9)) as unit_amount,
        cast(null as {{ dbt.type_string() }}) as billing_scheme,
        cast(null as {{ dbt.type_string() }}) as tiers_mode,
        cast(null as {{ dbt.type_string() }}) as billing_interval,
        cast(null as bigint) as billing_interval_count,
        cast(null as {{ dbt.type_string() }}) as usage_type,
        cast(null as {{ dbt.type_string() }}) as tax_behavior,
        false as is_credit_pack,
        false as is_active,
        false as is_deleted,
        false as is_product_deleted,
        true as is_placeholder,
        cast(null as {{ dbt.type_string() }}) as price_origin,
        cast(null as {{ timestamp_type() }}) as created_at
)

select * from final

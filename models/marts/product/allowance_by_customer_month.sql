with fct_allowances_by_customer_month as (
    select * from {{ ref('fct_allowances_by_customer_month') }}
),

margin_by_customer_month as (
    select * from {{ ref('margin_by_customer_month') }}
),

mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
),

-- At the rate of the month's last day.
prices_paid as (
    select
        mrr_by_customer_month.month,
        mrr_by_customer_month.customer_id,
        {{ to_money(convert_to_usd(
            'mrr_by_customer_month.mrr', 'mrr_by_customer_month.currency', 'rates.usd_per_unit'
        )) }} as plan_price_usd
    from mrr_by_customer_month
    left join dim_exchange_rates as rates
        on
            mrr_by_customer_month.currency = rates.currency
            and rates.valid_from
            < cast({{ dbt.dateadd('month', 1, 'mrr_by_customer_month.month') }} as date)
            and {{ until('rates.valid_to') }}
            >= cast({{ dbt.dateadd('month', 1, 'mrr_by_customer_month.month') }} as date)
),

plans_on_sale as (
    select
        product_id,
        max(coalesce(tier, product_name, product_id)) as plan_name,
        max(monthly_calls) as monthly_calls
    from {{ ref('dim_plans') }}
    where is_active and price_type = 'recurring' and monthly_calls is not null
    group by product_id
),

-- the smallest plan that the month's calls fit into without outgrowing it
plans_that_fit as (
    select
        fct_allowances_by_customer_month.month,
        fct_allowances_by_customer_month.customer_id,
        plans_on_sale.product_id,
        plans_on_sale.plan_name,
        plans_on_sale.monthly_calls,
        row_number() over (
            partition by
                fct_allowances_by_customer_month.month, fct_allowances_by_customer_month.customer_id
            order by
                plans_on_sale.monthly_calls asc,
                {{ in_byte_order('plans_on_sale.product_id') }} asc
        ) as place
    from fct_allowances_by_customer_month
    inner join plans_on_sale
        on
            fct_allowances_by_customer_month.calls
            <= plans_on_sale.monthly_calls * {{ upsell_share() }}
    where fct_allowances_by_customer_month.allowance is not null
),

recommended as (
    select
        fct_allowances_by_customer_month.*,
        case
            when
                fct_allowances_by_customer_month.allowance is not null
                and fct_allowances_by_customer_month.calls is not null
                then greatest(
                    0,
                    fct_allowances_by_customer_month.calls
                    - fct_allowances_by_customer_month.allowance
                )
        end as overage_calls,
        case
            when fct_allowances_by_customer_month.product_id is null then null
            when fct_allowances_by_customer_month.is_trial
                then coalesce(prices_paid.plan_price_usd, cast(0 as decimal(38, 9)))
            else prices_paid.plan_price_usd
        end as plan_price_usd,
        coalesce(margin_by_customer_month.revenue_usd, cast(0 as decimal(38, 9))) as revenue_usd,
        coalesce(margin_by_customer_month.cost_usd, cast(0 as decimal(38, 9))) as cost_usd,
        plans_that_fit.product_id as fitting_product_id,
        plans_that_fit.plan_name as fitting_plan_name,
        plans_that_fit.monthly_calls as fitting_calls,
        {{ plan_recommendation(
            'fct_allowances_by_customer_month.calls',
            'fct_allowances_by_customer_month.allowance',
            'plans_that_fit.monthly_calls',
            'not fct_allowances_by_customer_month.is_trial'
            ~ ' and margin_by_customer_month.margin_usd < 0',
            'not ' ~ is_running_month('fct_allowances_by_customer_month.month')
        ) }} as recommendation
    from fct_allowances_by_customer_month
    left join margin_by_customer_month
        on
            fct_allowances_by_customer_month.month = margin_by_customer_month.month
            and fct_allowances_by_customer_month.customer_id = margin_by_customer_month.customer_id
    left join prices_paid
        on
            fct_allowances_by_customer_month.month = prices_paid.month
            and fct_allowances_by_customer_month.customer_id = prices_paid.customer_id
    left join plans_that_fit
        on
            fct_allowances_by_customer_month.month = plans_that_fit.month
            and fct_allowances_by_customer_month.customer_id = plans_that_fit.customer_id
            and plans_that_fit.place = 1
),

final as (
    select
        month,
        customer_id,
        product_id,
        is_trial,
        calls,
        calls_counted,
        allowance,
        {{ ratio('calls', 'allowance') }} as allowance_used,
        cast(overage_calls as bigint) as overage_calls,
        cast(overage_calls * overage_usd_per_call as decimal(38, 9)) as overage_usd,
        plan_price_usd,
        {{ price_with_overage() }} as total_usd,
        {{ exact_divide(price_with_overage(), 'calls') }} as total_usd_per_call,
        revenue_usd,
        cost_usd,
        {{ exact_divide('cost_usd', 'calls') }} as cost_usd_per_call,
        {{ exact_divide('revenue_usd', 'calls') }} as revenue_usd_per_call,
        recommendation,
        case when recommendation = 'upgrade' then fitting_product_id end as recommended_product_id,
        {{ plan_recommendation_reason(
            'recommendation', 'calls', 'allowance', 'plan_name', 'fitting_plan_name',
            'fitting_calls', 'revenue_usd', 'cost_usd'
        ) }} as reason,
        {{ is_running_month('month') }} as is_provisional
    from recommended
)

select * from final

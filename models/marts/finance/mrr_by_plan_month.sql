with dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_mrr_ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

dim_products as (
    select * from {{ ref('dim_products') }}
),

churned_customers_by_plan_month as (
    select * from {{ ref('churned_customers_by_plan_month') }}
),

months as (
    select distinct
        month_start,
        is_running_month
    from dim_days
),

balances as (
    select
        *,
        sum(native_mrr_change) over (
            partition by customer_id, product_id
            order by ledger_date, native_currency
            rows between unbounded preceding and current row
        ) as native_balance
    from fct_mrr_ledger
),

changes_summed as (
    select
        product_id,
        {{ month_of('ledger_date') }} as month_start,
        sum(mrr_change) as mrr_change,
        sum(fx_change) as fx_change,
        sum(
            case when native_balance > 0 then 1 else 0 end
            - case when native_balance - native_mrr_change > 0 then 1 else 0 end
        ) as customers_change
    from balances
    group by
        product_id,
        {{ month_of('ledger_date') }}
),

products as (
    select
        product_id,
        min(month_start) as first_month
    from changes_summed
    group by product_id
),

running as (
    select
        products.product_id,
        months.month_start,
        months.is_running_month,
        coalesce(changes_summed.mrr_change, 0) as mrr_change,
        coalesce(changes_summed.fx_change, 0) as fx_change,
        coalesce(changes_summed.customers_change, 0) as customers_change,
        sum(coalesce(changes_summed.mrr_change, 0)) over (
            partition by products.product_id
            order by months.month_start
            rows between unbounded preceding and current row
        ) as mrr,
        sum(coalesce(changes_summed.customers_change, 0)) over (
            partition by products.product_id
            order by months.month_start
            rows between unbounded preceding and current row
        ) as customers
    from products
    inner join months
        on products.first_month <= months.month_start
    left join changes_summed
        on
            products.product_id = changes_summed.product_id
            and months.month_start = changes_summed.month_start
),

final as (
    select
        running.product_id,
        dim_products.product_name,
        dim_products.tier,
        running.month_start as month,
        cast(running.mrr - running.mrr_change as decimal(38, 9)) as opening_mrr,
        cast(running.mrr_change - running.fx_change as decimal(38, 9)) as net_new_mrr,
        cast(running.fx_change as decimal(38, 9)) as fx_mrr,
        cast(running.mrr as decimal(38, 9)) as mrr,
        cast(running.mrr * 12 as decimal(38, 9)) as arr,
        cast(running.customers as bigint) as customers,
        {{ ratio('running.mrr', 'sum(running.mrr) over (partition by running.month_start)') }}
            as mrr_share,
        {{ ratio('running.mrr', 'running.customers') }} as arpa,
        cast(running.customers - running.customers_change as bigint) as opening_customers,
        cast(coalesce(churned.churned_customers, 0) as bigint) as churned_customers,
        {{ ratio(
            'coalesce(churned.churned_customers, 0)', 'running.customers - running.customers_change'
        ) }} as customer_churn_rate,
        '{{ report_currency() }}' as currency,
        running.is_running_month as is_provisional
    from running
    left join dim_products
        on running.product_id = dim_products.product_id
    left join churned_customers_by_plan_month as churned
        on
            running.product_id = churned.product_id
            and running.month_start = churned.month
)

select * from final

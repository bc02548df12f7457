with daily_changes as (
    select * from {{ ref('int_mrr_daily_changes') }}
),

rates as (
    select * from {{ ref('int_mrr_rates') }}
),

balances as (
    select
        *,
        sum(mrr_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as native_mrr,
        lead(change_date) over (
            partition by customer_id, product_id, native_currency order by change_date
        ) as next_change_date
    from daily_changes
),

-- an open balance in another currency changes its value when the rate does
revaluations as (
    select
        balances.customer_id,
        balances.product_id,
        balances.native_currency,
        rates.valid_from as change_date
    from balances
    inner join rates
        on
            balances.native_currency = rates.currency
            and balances.change_date < rates.valid_from
            and rates.valid_from < coalesce(
                balances.next_change_date, cast({{ dbt.dateadd('day', 1, report_day()) }} as date)
            )
    where balances.native_mrr > 0
),

all_days as (
    select
        customer_id,
        product_id,
        native_currency,
        change_date,
        mrr_change,
        gross_change,
        discount_change,
        paused_change,
        at_risk_change,
        earning_items_change,
        unpaid_items_change
    from daily_changes
    union all
    select
        customer_id,
        product_id,
        native_currency,
        change_date,
        cast(0 as decimal(38, 9)) as mrr_change,
        cast(0 as decimal(38, 9)) as gross_change,
        cast(0 as decimal(38, 9)) as discount_change,
        cast(0 as decimal(38, 9)) as paused_change,
        cast(0 as decimal(38, 9)) as at_risk_change,
        cast(0 as bigint) as earning_items_change,
        cast(0 as bigint) as unpaid_items_change
    from revaluations
),

running as (
    select
        *,
        cast(sum(mrr_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as native_mrr,
        cast(sum(paused_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as native_paused,
        cast(sum(at_risk_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as native_at_risk
    from all_days
),

-- valued at the rate of the day, what was there before as well
valued as (
    select
        running.*,
        {{ in_report_currency(
            'running.native_mrr', 'running.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as mrr,
        {{ in_report_currency(
            '(running.native_mrr - running.mrr_change)', 'running.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as opening_at_todays_rate,
        {{ in_report_currency(
            'running.native_paused', 'running.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as paused_mrr,
        {{ in_report_currency(
            '(running.native_paused - running.paused_change)', 'running.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as paused_before,
        {{ in_report_currency(
            'running.native_at_risk', 'running.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as at_risk_mrr,
        rates.currency is null and running.native_mrr > 0 as has_no_rate
    from running
    left join rates
        on
            running.native_currency = rates.currency
            and running.change_date >= rates.valid_from
            and running.change_date < {{ until('rates.valid_to') }}
),

-- without any rate of its currency an amount cannot be added to the others: 0, and listed
valued_or_listed as (
    select
        *,
        coalesce(mrr, cast(0 as decimal(38, 9))) as closing,
        coalesce(opening_at_todays_rate, cast(0 as decimal(38, 9))) as reopened,
        coalesce(
            lag(coalesce(mrr, cast(0 as decimal(38, 9)))) over (
                partition by customer_id, product_id, native_currency order by change_date
            ),
            cast(0 as decimal(38, 9))
        ) as closing_before
    from valued
),

final as (
    select
        customer_id,
        product_id,
        native_currency,
        change_date as ledger_date,
        native_mrr,
        mrr_change as native_mrr_change,
        gross_change as native_gross_change,
        discount_change as native_discount_change,
        paused_change as native_paused_change,
        cast(closing as decimal(38, 9)) as mrr,
        cast(closing - closing_before as decimal(38, 9)) as mrr_change,
        cast(reopened - closing_before as decimal(38, 9)) as fx_change,
        cast(closing - reopened as decimal(38, 9)) as own_change,
        cast(coalesce(paused_mrr - paused_before, 0) as decimal(38, 9)) as paused_change,
        cast(coalesce(paused_mrr, 0) as decimal(38, 9)) as paused_mrr,
        cast(coalesce(at_risk_mrr, 0) as decimal(38, 9)) as at_risk_mrr,
        cast(
            coalesce(at_risk_mrr, 0) - coalesce(
                lag(coalesce(at_risk_mrr, 0)) over (
                    partition by customer_id, product_id, native_currency order by change_date
                ),
                0
            ) as decimal(38, 9)
        ) as at_risk_change,
        earning_items_change,
        unpaid_items_change,
        has_no_rate,
        '{{ report_currency() }}' as currency
    from valued_or_listed
)

select * from final

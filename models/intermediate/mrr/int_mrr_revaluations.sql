with int_mrr_daily_changes as (
    select * from {{ ref('int_mrr_daily_changes') }}
),

int_mrr_rates as (
    select * from {{ ref('int_mrr_rates') }}
),

balances as (
    select
        *,
        sum(mrr_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as mrr,
        lead(change_date) over (
            partition by customer_id, product_id, native_currency order by change_date
        ) as next_change_date
    from int_mrr_daily_changes
),

-- An open balance in another currency changes its value when the rate does.
final as (
    select
        balances.customer_id,
        balances.product_id,
        balances.native_currency,
        int_mrr_rates.valid_from as change_date
    from balances
    inner join int_mrr_rates
        on
            balances.native_currency = int_mrr_rates.currency
            and balances.change_date < int_mrr_rates.valid_from
            and int_mrr_rates.valid_from < coalesce(
                balances.next_change_date, cast({{ dbt.dateadd('day', 1, report_day()) }} as date)
            )
    where balances.mrr > 0
)

select * from final

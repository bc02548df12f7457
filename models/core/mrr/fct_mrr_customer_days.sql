with int_mrr_customer_days as (
    select * from {{ ref('int_mrr_customer_days') }}
),

final as (
    select
        customer_id,
        ledger_date,
        first_paid_date,
        mrr,
        at_risk_mrr,
        mrr_change,
        fx_change,
        at_risk_change,
        cast(paying_change as bigint) as paying_change,
        cast(live_change as bigint) as live_change,
        '{{ report_currency() }}' as currency
    from int_mrr_customer_days
)

select * from final

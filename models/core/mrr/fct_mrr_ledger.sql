with int_mrr_ledger as (
    select * from {{ ref('int_mrr_ledger') }}
),

final as (
    select
        customer_id,
        product_id,
        native_currency,
        ledger_date,
        native_mrr,
        native_mrr_change,
        native_gross_change,
        native_discount_change,
        native_paused_change,
        mrr,
        mrr_change,
        fx_change,
        own_change,
        paused_change,
        paused_mrr,
        at_risk_mrr,
        at_risk_change,
        earning_items_change,
        unpaid_items_change,
        has_no_rate,
        '{{ report_currency() }}' as currency
    from int_mrr_ledger
)

select * from final

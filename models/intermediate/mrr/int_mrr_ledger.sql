{{ config(materialized='table') }}

with int_mrr_balances_valued as (
    select * from {{ ref('int_mrr_balances_valued') }}
),

balances_compared as (
    select
        *,
        coalesce(
            lag(mrr) over (
                partition by customer_id, product_id, native_currency order by change_date
            ),
            cast(0 as decimal(38, 9))
        ) as mrr_before,
        coalesce(
            lag(at_risk_mrr) over (
                partition by customer_id, product_id, native_currency order by change_date
            ),
            cast(0 as decimal(38, 9))
        ) as at_risk_before
    from int_mrr_balances_valued
),

final as (
    select
        customer_id,
        product_id,
        native_currency,
        change_date as ledger_date,
        native_mrr,
        native_mrr_change,
        native_gross_change,
        native_discount_change,
        native_paused_change,
        mrr,
        cast(mrr - mrr_before as decimal(38, 9)) as mrr_change,
        cast(opening_mrr - mrr_before as decimal(38, 9)) as fx_change,
        cast(mrr - opening_mrr as decimal(38, 9)) as own_change,
        paused_change,
        paused_mrr,
        at_risk_mrr,
        cast(at_risk_mrr - at_risk_before as decimal(38, 9)) as at_risk_change,
        earning_items_change,
        unpaid_items_change,
        has_no_rate
    from balances_compared
)

select * from final

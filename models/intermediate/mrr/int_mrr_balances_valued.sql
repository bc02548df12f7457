with int_mrr_balances as (
    select * from {{ ref('int_mrr_balances') }}
),

int_mrr_rates as (
    select * from {{ ref('int_mrr_rates') }}
),

-- Valued at the rate of the day, what was there before as well.
valued_if_rated as (
    select
        balances.*,
        {{ in_report_currency(
            'balances.mrr', 'balances.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as closing_mrr,
        {{ in_report_currency(
            '(balances.mrr - balances.mrr_change)', 'balances.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as opening_mrr,
        {{ in_report_currency(
            'balances.paused_mrr', 'balances.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as closing_paused_mrr,
        {{ in_report_currency(
            '(balances.paused_mrr - balances.paused_change)', 'balances.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as opening_paused_mrr,
        {{ in_report_currency(
            'balances.at_risk_mrr', 'balances.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as closing_at_risk_mrr,
        rates.currency is null and balances.mrr > 0 as has_no_rate
    from int_mrr_balances as balances
    left join int_mrr_rates as rates
        on
            balances.native_currency = rates.currency
            and balances.change_date >= rates.valid_from
            and balances.change_date < {{ until('rates.valid_to') }}
),

-- Without any rate of its currency an amount cannot be added to the others: 0, and listed.
final as (
    select
        customer_id,
        product_id,
        native_currency,
        change_date,
        mrr as native_mrr,
        mrr_change as native_mrr_change,
        gross_change as native_gross_change,
        discount_change as native_discount_change,
        paused_change as native_paused_change,
        earning_items_change,
        unpaid_items_change,
        has_no_rate,
        cast(coalesce(closing_mrr, 0) as decimal(38, 9)) as mrr,
        cast(coalesce(opening_mrr, 0) as decimal(38, 9)) as opening_mrr,
        cast(coalesce(closing_paused_mrr, 0) as decimal(38, 9)) as paused_mrr,
        cast(coalesce(closing_paused_mrr - opening_paused_mrr, 0) as decimal(38, 9))
            as paused_change,
        cast(coalesce(closing_at_risk_mrr, 0) as decimal(38, 9)) as at_risk_mrr
    from valued_if_rated
)

select * from final

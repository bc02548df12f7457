with int_bad_debts as (
    select * from {{ ref('int_bad_debts') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
),

debts_dated as (
    select
        *,
        {{ day_of('happened_at') }} as bad_debt_date,
        {{ local_day_of('happened_at') }} as ledger_date
    from int_bad_debts
    where happened_at <= {{ as_of_timestamp() }}
),

final as (
    select
        debts_dated.invoice_id,
        debts_dated.bad_debt_type,
        debts_dated.customer_id,
        debts_dated.billing_provider,
        debts_dated.source_account,
        debts_dated.bad_debt_date,
        debts_dated.ledger_date,
        debts_dated.currency as native_currency,
        debts_dated.amount as native_amount,
        {{ to_money(convert_to_usd(
            'debts_dated.amount', 'debts_dated.currency', 'int_exchange_rates.usd_per_unit'
        )) }} as bad_debt_usd,
        {{ in_report_currency(
            'debts_dated.amount', 'debts_dated.currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as amount,
        '{{ report_currency() }}' as currency
    from debts_dated
    left join int_exchange_rates
        on
            debts_dated.currency = int_exchange_rates.currency
            and debts_dated.bad_debt_date >= int_exchange_rates.valid_from
            and debts_dated.bad_debt_date < {{ until('int_exchange_rates.valid_to') }}
    left join dim_exchange_rates as rates
        on
            debts_dated.currency = rates.currency
            and debts_dated.ledger_date >= rates.valid_from
            and debts_dated.ledger_date < {{ until('rates.valid_to') }}
)

select * from final

with int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

rates_of_report_currency as (
    select
        usd_per_unit,
        valid_from,
        valid_to
    from int_exchange_rates
    where currency = '{{ report_currency() }}'
    union all
    select
        cast(1 as decimal(38, 12)) as usd_per_unit,
        cast('1970-01-01' as date) as valid_from,
        cast(null as date) as valid_to
    where '{{ report_currency() }}' = 'usd'
),

rates_of_currencies as (
    select
        currency,
        usd_per_unit,
        valid_from,
        valid_to
    from int_exchange_rates
    where currency <> 'usd'
    union all
    select
        'usd' as currency,
        cast(1 as decimal(38, 12)) as usd_per_unit,
        cast('1970-01-01' as date) as valid_from,
        cast(null as date) as valid_to
),

days_of_change as (
    select
        rates_of_currencies.currency,
        rates_of_currencies.valid_from as rate_date
    from rates_of_currencies
    union
    select
        rates_of_currencies.currency,
        rates_of_report_currency.valid_from as rate_date
    from rates_of_currencies
    cross join rates_of_report_currency
),

final as (
    select
        days_of_change.currency,
        days_of_change.rate_date,
        cast(rates_of_currencies.usd_per_unit as decimal(18, 12)) as usd_per_unit,
        cast(rates_of_report_currency.usd_per_unit as decimal(18, 12)) as usd_per_report_unit
    from days_of_change
    inner join rates_of_currencies
        on
            days_of_change.currency = rates_of_currencies.currency
            and days_of_change.rate_date >= rates_of_currencies.valid_from
            and (
                rates_of_currencies.valid_to is null
                or days_of_change.rate_date < rates_of_currencies.valid_to
            )
    inner join rates_of_report_currency
        on
            days_of_change.rate_date >= rates_of_report_currency.valid_from
            and (
                rates_of_report_currency.valid_to is null
                or days_of_change.rate_date < rates_of_report_currency.valid_to
            )
    where
        days_of_change.currency <> '{{ report_currency() }}'
        and days_of_change.rate_date <= {{ report_day() }}
)

select * from final

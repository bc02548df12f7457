with int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

currencies_billed as (
    select distinct lower(currency) as currency
    from {{ ref('int_cost_statement_lines') }}
),

final as (
    select int_exchange_rates.*
    from int_exchange_rates
    inner join currencies_billed
        on int_exchange_rates.currency = currencies_billed.currency
    where int_exchange_rates.currency <> 'usd'
)

select * from final

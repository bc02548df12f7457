with int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

openai_statement_lines as (
    select distinct currency
    from {{ ref('stg_openai__cost_statement_lines') }}
),

final as (
    select int_exchange_rates.*
    from int_exchange_rates
    inner join openai_statement_lines
        on int_exchange_rates.currency = openai_statement_lines.currency
    where int_exchange_rates.currency <> 'usd'
)

select * from final

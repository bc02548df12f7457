with int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

openai_statement_lines as (
    select * from {{ ref('stg_openai__cost_statement_lines') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

lines_of_all_providers as (
    select
        'openai' as provider,
        statement_id,
        project_id,
        api_key_id,
        coalesce(line_item, '__unknown__') as line_item,
        amount,
        currency,
        quantity
    from openai_statement_lines
),

lines_in_usd as (
    select
        int_cost_statements.provider,
        int_cost_statements.statement_id,
        lines_of_all_providers.project_id,
        lines_of_all_providers.api_key_id,
        lines_of_all_providers.line_item,
        lines_of_all_providers.quantity,
        {{ convert_to_usd(
            'lines_of_all_providers.amount',
            'lines_of_all_providers.currency',
            'int_exchange_rates.usd_per_unit'
        ) }} as amount_usd
    from int_cost_statements
    inner join lines_of_all_providers
        on
            int_cost_statements.provider = lines_of_all_providers.provider
            and int_cost_statements.statement_id = lines_of_all_providers.statement_id
    left join int_exchange_rates
        on
            lines_of_all_providers.currency = int_exchange_rates.currency
            and int_cost_statements.cost_date >= int_exchange_rates.valid_from
            and int_cost_statements.cost_date < {{ until('int_exchange_rates.valid_to') }}
),

final as (
    select
        provider,
        statement_id,
        project_id,
        api_key_id,
        line_item,
        sum(quantity) as quantity,
        -- Rounded once, after the parts of a line are summed; a part in a currency without a rate
        -- makes the line unknown, not smaller.
        case
            when count(*) = count(amount_usd) then {{ to_money('sum(amount_usd)') }}
        end as billed_usd
    from lines_in_usd
    group by
        provider,
        statement_id,
        project_id,
        api_key_id,
        line_item
)

select * from final

with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

lines_in_usd as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.statement_id,
        int_cost_statement_lines.project_id,
        int_cost_statement_lines.api_key_id,
        coalesce(int_cost_statement_lines.line_item, '__unknown__') as line_item,
        int_cost_statement_lines.quantity,
        {{ convert_to_usd(
            'int_cost_statement_lines.amount',
            'int_cost_statement_lines.currency',
            'int_exchange_rates.usd_per_unit'
        ) }} as amount_usd
    from int_bill_statements
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    left join int_exchange_rates
        on
            int_cost_statement_lines.currency = int_exchange_rates.currency
            and int_bill_statements.cost_date >= int_exchange_rates.valid_from
            and int_bill_statements.cost_date < {{ until('int_exchange_rates.valid_to') }}
),

final as (
    select
        provider,
        source_account,
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
        source_account,
        statement_id,
        project_id,
        api_key_id,
        line_item
)

select * from final

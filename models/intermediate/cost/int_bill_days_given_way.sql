with int_cost_lines_billed_twice as (
    select * from {{ ref('int_cost_lines_billed_twice') }}
),

int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

final as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_cost_lines_billed_twice.superseded_by,
        int_cost_lines_billed_twice.account_id,
        int_bill_statements.cost_date,
        {{ if_all_agree('lower(int_cost_statement_lines.currency)') }} as currency,
        case
            when {{ if_all_agree('lower(int_cost_statement_lines.currency)') }} is not null
                then cast(sum(int_cost_statement_lines.amount) as decimal(38, 9))
        end as amount
    from int_cost_lines_billed_twice
    inner join int_bill_statements
        on
            int_cost_lines_billed_twice.source_account = int_bill_statements.source_account
            and int_cost_lines_billed_twice.statement_id = int_bill_statements.statement_id
    inner join int_cost_statement_lines
        on
            int_cost_lines_billed_twice.source_account = int_cost_statement_lines.source_account
            and int_cost_lines_billed_twice.statement_id = int_cost_statement_lines.statement_id
            and int_cost_lines_billed_twice.line_number = int_cost_statement_lines.line_number
    where int_bill_statements.is_last
    group by
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_cost_lines_billed_twice.superseded_by,
        int_cost_lines_billed_twice.account_id,
        int_bill_statements.cost_date
)

select * from final

with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

int_cost_lines_given_way as (
    select * from {{ ref('int_cost_lines_given_way') }}
),

months_of_accounts as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.bill_rank,
        {{ month_of('int_bill_statements.cost_date') }} as month,
        count(int_cost_statement_lines.billing_account_id) > 0 as names_its_account
    from int_bill_statements
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    where
        int_bill_statements.is_last
        and coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
    group by
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.bill_rank,
        {{ month_of('int_bill_statements.cost_date') }}
),

-- Lines of which nobody can tell whether another bill of their provider has them, too.
lines_in_doubt as (
    select distinct
        int_bill_statements.source_account,
        months_of_accounts.source_account as other_account,
        months_of_accounts.month,
        int_bill_statements.statement_id,
        int_cost_statement_lines.line_number,
        lower(int_cost_statement_lines.currency) as currency,
        int_cost_statement_lines.amount
    from int_bill_statements
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    inner join months_of_accounts
        on
            int_bill_statements.provider = months_of_accounts.provider
            and {{ month_of('int_bill_statements.cost_date') }} = months_of_accounts.month
            and int_bill_statements.bill_rank > months_of_accounts.bill_rank
    left join int_cost_lines_given_way
        on
            int_cost_statement_lines.source_account = int_cost_lines_given_way.source_account
            and int_cost_statement_lines.statement_id = int_cost_lines_given_way.statement_id
            and int_cost_statement_lines.line_number = int_cost_lines_given_way.line_number
    where
        int_bill_statements.is_last
        and coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
        and int_cost_lines_given_way.statement_id is null
        and int_cost_statement_lines.project_id is null
        and (
            int_cost_statement_lines.billing_account_id is null
            or not months_of_accounts.names_its_account
        )
),

final as (
    select
        source_account,
        other_account,
        month,
        {{ if_all_agree('currency') }} as currency,
        case
            when {{ if_all_agree('currency') }} is not null and count(*) = count(amount)
                then cast(sum(amount) as decimal(38, 9))
        end as amount
    from lines_in_doubt
    group by
        source_account,
        other_account,
        month
)

select * from final

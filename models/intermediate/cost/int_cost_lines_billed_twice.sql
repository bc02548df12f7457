with int_bill_accounts_by_day as (
    select * from {{ ref('int_bill_accounts_by_day') }}
),

int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

days_with_reach as (
    select
        *,
        {{ month_of('cost_date') }} as month,
        max(case when has_usage then cost_date end)
            over (partition by provider, source_account, account_id) as used_until
    from int_bill_accounts_by_day
),

-- A bill says all of its months up to the last day that it knows the use of, and all of a month that
-- is invoiced: a day without lines cost nothing, a day that it does not reach yet is not told.
months_told as (
    select
        provider,
        source_account,
        bill_rank,
        account_id,
        month,
        used_until,
        min(case when is_final then 1 else 0 end) = 1 as is_final
    from days_with_reach
    group by
        provider,
        source_account,
        bill_rank,
        account_id,
        month,
        used_until
),

lines_of_lower_rank as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.bill_rank,
        int_bill_statements.cost_date,
        int_cost_statement_lines.statement_id,
        int_cost_statement_lines.line_number,
        lower(int_cost_statement_lines.billing_account_id) as billing_account_id,
        lower(int_cost_statement_lines.project_id) as project_id
    from int_bill_statements
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    where
        int_bill_statements.bill_rank > 1
        and coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
),

lines_by_account as (
    select
        *,
        1 as preference,
        billing_account_id as account_id
    from lines_of_lower_rank
    union all
    select
        *,
        2 as preference,
        project_id as account_id
    from lines_of_lower_rank
),

lines_told_elsewhere as (
    select
        lines_by_account.*,
        months_told.source_account as superseded_by,
        row_number() over (
            partition by
                lines_by_account.source_account,
                lines_by_account.statement_id,
                lines_by_account.line_number
            order by
                months_told.bill_rank asc,
                lines_by_account.preference asc,
                {{ in_byte_order('months_told.source_account') }} asc
        ) as place
    from lines_by_account
    inner join months_told
        on
            lines_by_account.provider = months_told.provider
            and lines_by_account.account_id = months_told.account_id
            and lines_by_account.bill_rank > months_told.bill_rank
            and {{ month_of('lines_by_account.cost_date') }} = months_told.month
    where
        lines_by_account.source_account <> months_told.source_account
        and (months_told.is_final or lines_by_account.cost_date <= months_told.used_until)
),

final as (
    select
        source_account,
        statement_id,
        line_number,
        superseded_by,
        account_id
    from lines_told_elsewhere
    where place = 1
)

select * from final

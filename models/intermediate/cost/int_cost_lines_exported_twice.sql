with int_bill_exports_told_twice as (
    select * from {{ ref('int_bill_exports_told_twice') }}
),

int_bill_exports_by_day as (
    select * from {{ ref('int_bill_exports_by_day') }}
),

int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

-- A day that the other export does not tell is told by this one.
days_told_twice as (
    select distinct
        told_twice.provider,
        told_twice.source_account,
        told_twice.export_name,
        told_twice.billing_account_id,
        told_twice.project_id,
        told_twice.currency,
        int_bill_exports_by_day.cost_date
    from int_bill_exports_told_twice as told_twice
    inner join int_bill_exports_by_day
        on
            told_twice.provider = int_bill_exports_by_day.provider
            and told_twice.other_account = int_bill_exports_by_day.source_account
            and told_twice.other_export = int_bill_exports_by_day.export_name
            and told_twice.billing_account_id = int_bill_exports_by_day.billing_account_id
            and told_twice.project_id = int_bill_exports_by_day.project_id
            and told_twice.currency = int_bill_exports_by_day.currency
            and told_twice.month = {{ month_of('int_bill_exports_by_day.cost_date') }}
    where told_twice.is_certain
),

final as (
    select
        int_cost_statement_lines.source_account,
        int_cost_statement_lines.statement_id,
        int_cost_statement_lines.line_number
    from days_told_twice
    inner join int_bill_statements
        on
            days_told_twice.provider = int_bill_statements.provider
            and days_told_twice.source_account = int_bill_statements.source_account
            and days_told_twice.export_name = int_bill_statements.export_name
            and days_told_twice.cost_date = int_bill_statements.cost_date
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
            and days_told_twice.billing_account_id
            = lower(int_cost_statement_lines.billing_account_id)
            and days_told_twice.project_id
            = coalesce(lower(int_cost_statement_lines.project_id), '')
            and days_told_twice.currency = lower(int_cost_statement_lines.currency)
    where coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
)

select * from final

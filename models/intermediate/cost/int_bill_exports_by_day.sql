with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

statements_of_exports as (
    select *
    from int_bill_statements
    where is_last and export_name is not null
),

-- Where one export tells of a provider, nothing can be told twice.
providers_exported_often as (
    select provider
    from statements_of_exports
    group by provider
    having count(distinct concat(source_account, '|', export_name)) > 1
),

final as (
    select
        statements_of_exports.provider,
        statements_of_exports.source_account,
        statements_of_exports.export_name,
        lower(int_cost_statement_lines.billing_account_id) as billing_account_id,
        coalesce(lower(int_cost_statement_lines.project_id), '') as project_id,
        statements_of_exports.cost_date,
        lower(int_cost_statement_lines.currency) as currency,
        cast(sum(int_cost_statement_lines.amount) as decimal(38, 9)) as amount,
        min(statements_of_exports.stated_at) as stated_at
    from statements_of_exports
    inner join providers_exported_often
        on statements_of_exports.provider = providers_exported_often.provider
    inner join int_cost_statement_lines
        on
            statements_of_exports.source_account = int_cost_statement_lines.source_account
            and statements_of_exports.statement_id = int_cost_statement_lines.statement_id
    where
        int_cost_statement_lines.billing_account_id is not null
        and coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
    group by
        statements_of_exports.provider,
        statements_of_exports.source_account,
        statements_of_exports.export_name,
        lower(int_cost_statement_lines.billing_account_id),
        coalesce(lower(int_cost_statement_lines.project_id), ''),
        statements_of_exports.cost_date,
        lower(int_cost_statement_lines.currency)
)

select * from final

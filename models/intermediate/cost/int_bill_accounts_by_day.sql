with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

int_cost_lines_exported_twice as (
    select * from {{ ref('int_cost_lines_exported_twice') }}
),

-- Where all that is loaded of a provider is of one rank, nothing gives way.
providers_of_several_ranks as (
    select provider
    from int_bill_statements
    group by provider
    having min(bill_rank) < max(bill_rank)
),

lines_billed as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.bill_rank,
        int_bill_statements.cost_date,
        lower(int_cost_statement_lines.billing_account_id) as billing_account_id,
        lower(int_cost_statement_lines.project_id) as project_id,
        coalesce(int_cost_statement_lines.charge_category, 'Usage') = 'Usage' as is_usage,
        coalesce(int_cost_statement_lines.is_final, false) as is_final,
        int_cost_statement_lines.amount,
        lower(int_cost_statement_lines.currency) as currency
    from int_bill_statements
    inner join providers_of_several_ranks
        on int_bill_statements.provider = providers_of_several_ranks.provider
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    left join int_cost_lines_exported_twice as exported_twice
        on
            int_cost_statement_lines.source_account = exported_twice.source_account
            and int_cost_statement_lines.statement_id = exported_twice.statement_id
            and int_cost_statement_lines.line_number = exported_twice.line_number
    where
        int_bill_statements.is_last
        and exported_twice.statement_id is null
        and coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
),

-- Who is asked for one account of a company's many calls it the billing account.
lines_by_account as (
    select
        *,
        billing_account_id as account_id
    from lines_billed
    where billing_account_id is not null
    union all
    select
        *,
        project_id as account_id
    from lines_billed
    where project_id is not null and project_id <> coalesce(billing_account_id, '')
),

final as (
    select
        provider,
        source_account,
        bill_rank,
        account_id,
        cost_date,
        max(case when is_usage then 1 else 0 end) = 1 as has_usage,
        min(case when is_final then 1 else 0 end) = 1 as is_final,
        {{ if_all_agree('currency') }} as currency,
        case
            when {{ if_all_agree('currency') }} is not null
                then cast(sum(amount) as decimal(38, 9))
        end as amount
    from lines_by_account
    group by
        provider,
        source_account,
        bill_rank,
        account_id,
        cost_date
)

select * from final

with stg_openai__cost_statements as (
    select * from {{ ref('stg_openai__cost_statements') }}
),

stg_openai__cost_statement_lines as (
    select * from {{ ref('stg_openai__cost_statement_lines') }}
),

amounts as (
    select
        source_account,
        statement_id,
        sum(amount) as amount,
        count(line_item) as line_items
    from stg_openai__cost_statement_lines
    group by
        source_account,
        statement_id
),

statements_from_files as (
    select
        *,
        scope = 'project:*' as is_of_all_projects,
        statement_number = max(statement_number) over (
            partition by source_account, scope, cost_date
        ) as is_last
    from stg_openai__cost_statements
    where is_counted and scope <> 'organization'
),

last_amounts as (
    select
        statements_from_files.source_account,
        statements_from_files.cost_date,
        statements_from_files.is_of_all_projects,
        coalesce(amounts.amount, 0) as amount,
        coalesce(amounts.line_items, 0) as line_items
    from statements_from_files
    left join amounts
        on
            statements_from_files.source_account = amounts.source_account
            and statements_from_files.statement_id = amounts.statement_id
    where statements_from_files.is_last
),

days_told_twice as (
    select
        source_account,
        cost_date,
        sum(case when is_of_all_projects then amount else 0 end) as amount_of_all,
        sum(case when is_of_all_projects then 0 else amount end) as amount_by_project,
        sum(case when is_of_all_projects then line_items else 0 end) as line_items_of_all,
        sum(case when is_of_all_projects then 0 else line_items end) as line_items_by_project
    from last_amounts
    group by
        source_account,
        cost_date
    having
        min(case when is_of_all_projects then 1 else 0 end)
        < max(case when is_of_all_projects then 1 else 0 end)
),

-- The finer export counts where it has all of the day; one of some projects alone has not.
final as (
    select
        statements_from_files.source_account,
        statements_from_files.statement_id
    from statements_from_files
    inner join days_told_twice
        on
            statements_from_files.source_account = days_told_twice.source_account
            and statements_from_files.cost_date = days_told_twice.cost_date
    where
        statements_from_files.is_of_all_projects = (
            days_told_twice.amount_by_project >= days_told_twice.amount_of_all - 0.005
            and (
                days_told_twice.line_items_by_project > 0
                or days_told_twice.line_items_of_all = 0
            )
        )
)

select * from final

with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_bill_lines as (
    select * from {{ ref('int_bill_lines') }}
),

lines_ever_stated as (
    select distinct
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.scope,
        int_bill_statements.cost_date,
        int_bill_lines.project_id,
        int_bill_lines.api_key_id,
        int_bill_lines.line_item
    from int_bill_lines
    inner join int_bill_statements
        on
            int_bill_lines.source_account = int_bill_statements.source_account
            and int_bill_lines.statement_id = int_bill_statements.statement_id
),

-- Every line in every statement of its day: a line that a statement does not name is billed 0.
lines_in_each_statement as (
    select
        lines_ever_stated.provider,
        lines_ever_stated.source_account,
        lines_ever_stated.scope,
        lines_ever_stated.cost_date,
        lines_ever_stated.project_id,
        lines_ever_stated.api_key_id,
        lines_ever_stated.line_item,
        int_bill_statements.stated_at,
        int_bill_statements.statement_number,
        int_bill_statements.is_first_bill,
        int_bill_statements.is_last,
        int_bill_lines.quantity,
        case
            when int_bill_lines.statement_id is null then cast(0 as decimal(38, 9))
            else int_bill_lines.billed_usd
        end as billed_usd
    from lines_ever_stated
    inner join int_bill_statements
        on
            lines_ever_stated.source_account = int_bill_statements.source_account
            and lines_ever_stated.scope = int_bill_statements.scope
            and lines_ever_stated.cost_date = int_bill_statements.cost_date
    left join int_bill_lines
        on
            int_bill_statements.source_account = int_bill_lines.source_account
            and int_bill_statements.statement_id = int_bill_lines.statement_id
            and coalesce(lines_ever_stated.project_id, '')
            = coalesce(int_bill_lines.project_id, '')
            and coalesce(lines_ever_stated.api_key_id, '')
            = coalesce(int_bill_lines.api_key_id, '')
            and lines_ever_stated.line_item = int_bill_lines.line_item
),

restatements_found as (
    select
        *,
        lag(billed_usd) over (
            partition by source_account, scope, cost_date, project_id, api_key_id, line_item
            order by statement_number
        ) as billed_usd_before
    from lines_in_each_statement
),

-- Export files that lack a project may share all keys of a line: it is one line of the bill. A part
-- that cannot be converted to US dollars makes the line unknown, not smaller.
final as (
    select
        provider,
        source_account,
        cost_date,
        project_id,
        api_key_id,
        line_item,
        sum(case when is_last then quantity end) as quantity,
        case
            when max(case when is_last and billed_usd is null then 1 else 0 end) = 0
                then cast(sum(case when is_last then billed_usd end) as decimal(38, 9))
        end as billed_usd,
        case
            when max(case when is_first_bill and billed_usd is null then 1 else 0 end) = 0
                then cast(sum(case when is_first_bill then billed_usd end) as decimal(38, 9))
        end as first_billed_usd,
        max(
            case when not is_first_bill and billed_usd <> billed_usd_before then stated_at end
        ) as restated_at,
        max(stated_at) as last_stated_at
    from restatements_found
    group by
        provider,
        source_account,
        cost_date,
        project_id,
        api_key_id,
        line_item
)

select * from final

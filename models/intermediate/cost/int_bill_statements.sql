{{ config(materialized='table') }}

with int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

int_loads as (
    select * from {{ ref('int_loads') }}
),

days_stated as (
    select distinct
        source_account,
        cost_date
    from int_cost_statements
),

-- What a running day is billed so far is not yet its bill: the first bill of a day is what the
-- provider said when it was first read after the day's end.
first_reads_after_the_day as (
    select
        days_stated.source_account,
        days_stated.cost_date,
        min(int_loads.load_id) as load_id
    from days_stated
    inner join int_loads
        on
            days_stated.source_account = int_loads.source
            and int_loads.synced_at
            >= cast({{ dbt.dateadd('day', 1, 'days_stated.cost_date') }} as {{ timestamp_type() }})
    group by
        days_stated.source_account,
        days_stated.cost_date
),

statements_with_first_bill as (
    select
        int_cost_statements.*,
        case
            when first_reads_after_the_day.load_id is null
                then max(int_cost_statements.statement_number) over (
                    partition by
                        int_cost_statements.source_account,
                        int_cost_statements.scope,
                        int_cost_statements.cost_date
                )
            else coalesce(
                max(
                    case
                        when
                            int_cost_statements.load_id
                            <= first_reads_after_the_day.load_id
                            then int_cost_statements.statement_number
                    end
                ) over (
                    partition by
                        int_cost_statements.source_account,
                        int_cost_statements.scope,
                        int_cost_statements.cost_date
                ), 1
            )
        end as first_bill_number
    from int_cost_statements
    left join first_reads_after_the_day
        on
            int_cost_statements.source_account = first_reads_after_the_day.source_account
            and int_cost_statements.cost_date = first_reads_after_the_day.cost_date
),

final as (
    select
        provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        statement_number,
        coalesce(bill_rank, 1) as bill_rank,
        export_name,
        statement_number = first_bill_number as is_first_bill,
        statement_number = max(statement_number) over (
            partition by source_account, scope, cost_date
        ) as is_last
    from statements_with_first_bill
    where statement_number >= first_bill_number
)

select * from final

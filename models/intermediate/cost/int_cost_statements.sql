with openai_statements as (
    select * from {{ ref('stg_openai__cost_statements') }}
),

int_loads as (
    select * from {{ ref('int_loads') }}
),

statements_of_all_providers as (
    select
        'openai' as provider,
        'openai' as source,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number
    from openai_statements
    where is_counted
),

days_stated as (
    select distinct
        source,
        cost_date
    from statements_of_all_providers
),

-- What a running day is billed so far is not yet its bill: the first bill of a day is what the
-- provider said when it was first read after the day's end.
first_reads_after_the_day as (
    select
        days_stated.source,
        days_stated.cost_date,
        min(int_loads.load_id) as load_id
    from days_stated
    inner join int_loads
        on
            days_stated.source = int_loads.source
            and int_loads.synced_at
            >= cast({{ dbt.dateadd('day', 1, 'days_stated.cost_date') }} as {{ timestamp_type() }})
    group by
        days_stated.source,
        days_stated.cost_date
),

statements_with_first_bill as (
    select
        statements_of_all_providers.*,
        case
            when first_reads_after_the_day.load_id is null
                then max(statements_of_all_providers.statement_number) over (
                    partition by
                        statements_of_all_providers.provider,
                        statements_of_all_providers.scope,
                        statements_of_all_providers.cost_date
                )
            else coalesce(
                max(
                    case
                        when
                            statements_of_all_providers.load_id
                            <= first_reads_after_the_day.load_id
                            then statements_of_all_providers.statement_number
                    end
                ) over (
                    partition by
                        statements_of_all_providers.provider,
                        statements_of_all_providers.scope,
                        statements_of_all_providers.cost_date
                ), 1
            )
        end as first_bill_number
    from statements_of_all_providers
    left join first_reads_after_the_day
        on
            statements_of_all_providers.source = first_reads_after_the_day.source
            and statements_of_all_providers.cost_date = first_reads_after_the_day.cost_date
),

final as (
    select
        provider,
        statement_id,
        scope,
        cost_date,
        stated_at,
        statement_number,
        statement_number = first_bill_number as is_first_bill,
        statement_number = max(statement_number) over (
            partition by provider, scope, cost_date
        ) as is_last
    from statements_with_first_bill
    where statement_number >= first_bill_number
)

select * from final

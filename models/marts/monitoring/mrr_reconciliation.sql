with fct_mrr_checks as (
    select * from {{ ref('fct_mrr_checks') }}
),

summaries as (
    select
        check_name,
        '__all__' as subject_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ timestamp_type() }}) as subject_at,
        case when min(currency) = max(currency) then min(currency) end as currency,
        cast(case when min(currency) = max(currency) then sum(expected) end as decimal(38, 9))
            as expected,
        cast(case when min(currency) = max(currency) then sum(actual) end as decimal(38, 9))
            as actual,
        count(*) as subjects,
        sum(case when is_tied then 0 else 1 end) as exceptions,
        cast(null as {{ dbt.type_string() }}) as reason
    from fct_mrr_checks
    group by check_name
),

exceptions as (
    select
        check_name,
        subject_id,
        customer_id,
        subject_at,
        currency,
        expected,
        actual,
        1 as subjects,
        1 as exceptions,
        reason
    from fct_mrr_checks
    where not is_tied
),

both_levels as (
    select * from summaries
    union all
    select * from exceptions
),

final as (
    select
        check_name,
        subject_id,
        customer_id,
        subject_at,
        currency,
        expected,
        actual,
        cast(actual - expected as decimal(38, 9)) as difference,
        cast(subjects as bigint) as subjects,
        cast(exceptions as bigint) as exceptions,
        reason
    from both_levels
)

select * from final

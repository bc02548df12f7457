with customer_months as (
    select * from {{ ref('mrr_by_customer_month') }}
),

months_numbered as (
    select
        *,
        cast({{ dbt.datediff('cohort_month', 'month', 'month') }} as integer) as months_since
    from customer_months
),

first_values as (
    select
        customer_id,
        mrr as first_mrr
    from months_numbered
    where months_since = 0
),

cohorts as (
    select
        months_numbered.cohort_month,
        months_numbered.months_since,
        months_numbered.month,
        max(case when months_numbered.is_provisional then 1 else 0 end) = 1 as is_provisional,
        count(*) as customers,
        sum(case when months_numbered.is_paying then 1 else 0 end) as retained_customers,
        cast(sum(months_numbered.mrr) as decimal(38, 9)) as mrr,
        cast(sum(first_values.first_mrr) as decimal(38, 9)) as first_mrr,
        cast(sum(least(months_numbered.mrr, first_values.first_mrr)) as decimal(38, 9))
            as kept_mrr
    from months_numbered
    inner join first_values
        on months_numbered.customer_id = first_values.customer_id
    group by
        months_numbered.cohort_month,
        months_numbered.months_since,
        months_numbered.month
),

final as (
    select
        cohort_month,
        months_since,
        month,
        cast(customers as bigint) as customers,
        cast(retained_customers as bigint) as retained_customers,
        first_mrr,
        mrr,
        {{ ratio('retained_customers', 'customers') }} as logo_retention,
        {{ ratio('kept_mrr', 'first_mrr') }} as gross_retention,
        {{ ratio('mrr', 'first_mrr') }} as net_retention,
        {{ ratio('mrr', 'retained_customers') }} as arpa,
        '{{ report_currency() }}' as currency,
        is_provisional
    from cohorts
)

select * from final

with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

margin_by_customer_month as (
    select * from {{ ref('margin_by_customer_month') }}
),

months_numbered as (
    select
        customer_months.*,
        cast(
            {{ dbt.datediff('customer_months.cohort_month', 'customer_months.month', 'month') }}
            as integer
        ) as months_since,
        coalesce(margin_by_customer_month.margin_usd, 0) as margin_usd
    from mrr_by_customer_month as customer_months
    left join margin_by_customer_month
        on
            customer_months.customer_id = margin_by_customer_month.customer_id
            and customer_months.month = margin_by_customer_month.month
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
            as kept_mrr,
        cast(sum(months_numbered.margin_usd) as decimal(38, 9)) as margin_usd
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
        margin_usd,
        cast(sum(margin_usd) over (
            partition by cohort_month
            order by months_since
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as cumulative_margin_usd,
        '{{ report_currency() }}' as currency,
        is_provisional
    from cohorts
)

select * from final

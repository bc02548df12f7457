with customer_months as (
    select * from {{ ref('mrr_by_customer_month') }}
),

customers as (
    select
        customer_id,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel
    from {{ ref('dim_customers') }}
),

segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

marketing_spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

plans_of_customers as (
    select
        customer_id,
        product_id,
        row_number() over (
            partition by customer_id order by valid_from desc, contract_mrr desc, product_id asc
        ) as recency
    from segments
),

complete_months as (
    select
        *,
        dense_rank() over (order by month desc) as months_ago
    from customer_months
    where not is_provisional
),

-- every customer in each of its segments: all, its newest plan, its channel, its cohort
customer_segments as (
    select
        'all' as segment_kind,
        'all' as segment,
        customer_id
    from customers
    union all
    select
        'plan' as segment_kind,
        product_id as segment,
        customer_id
    from plans_of_customers
    where recency = 1
    union all
    select
        'channel' as segment_kind,
        acquisition_channel as segment,
        customer_id
    from customers
    union all
    select distinct
        'cohort' as segment_kind,
        cast(cohort_month as {{ dbt.type_string() }}) as segment,
        customer_id
    from customer_months
),

half_years as (
    select
        customer_segments.segment_kind,
        customer_segments.segment,
        sum(case when complete_months.months_ago = 1 then complete_months.mrr else 0 end) as mrr,
        sum(
            case when complete_months.months_ago = 1 and complete_months.is_paying then 1 else 0 end
        ) as paying_customers,
        sum(case when complete_months.is_paying_at_start then 1 else 0 end) as opening_customers,
        sum(case when complete_months.is_churned then 1 else 0 end) as churned_customers,
        sum(
            case when complete_months.month = complete_months.cohort_month then 1 else 0 end
        ) as new_customers,
        sum(
            case
                when complete_months.month = complete_months.cohort_month then complete_months.mrr
                else 0
            end
        ) as new_mrr
    from complete_months
    inner join customer_segments
        on complete_months.customer_id = customer_segments.customer_id
    where complete_months.months_ago <= 6
    group by
        customer_segments.segment_kind,
        customer_segments.segment
),

spend_months as (
    select distinct month
    from complete_months
    where months_ago <= 6
),

spend_by_segment as (
    select
        'channel' as segment_kind,
        marketing_spend.acquisition_channel as segment,
        sum(marketing_spend.amount_usd) as spend_usd
    from marketing_spend
    inner join spend_months
        on marketing_spend.month = spend_months.month
    group by marketing_spend.acquisition_channel
    union all
    select
        'all' as segment_kind,
        'all' as segment,
        sum(marketing_spend.amount_usd) as spend_usd
    from marketing_spend
    inner join spend_months
        on marketing_spend.month = spend_months.month
),

rated as (
    select
        half_years.*,
        {{ ratio('half_years.mrr', 'half_years.paying_customers') }} as arpa,
        {{ ratio('half_years.churned_customers', 'half_years.opening_customers') }} as churn,
        {{ ratio('spend_by_segment.spend_usd', 'half_years.new_customers') }} as cac,
        {{ ratio('half_years.new_mrr', 'half_years.new_customers') }} as new_customer_arpa,
        -- margin after AI cost joins with the margin marts
        cast(null as decimal(38, 9)) as gross_margin
    from half_years
    left join spend_by_segment
        on
            half_years.segment_kind = spend_by_segment.segment_kind
            and half_years.segment = spend_by_segment.segment
),

valued as (
    select
        *,
        {{ ltv('arpa', 'churn', 'paying_customers') }} as ltv_revenue
    from rated
),

final as (
    select
        segment_kind,
        segment,
        arpa,
        churn,
        gross_margin,
        ltv_revenue,
        cast(round(ltv_revenue * gross_margin, 9) as decimal(38, 9)) as ltv_margin,
        cac,
        {{ ratio('round(ltv_revenue * gross_margin, 9)', 'cac') }} as ltv_to_cac,
        {{ ratio('cac', 'round(new_customer_arpa * gross_margin, 9)') }} as payback_months,
        cast(paying_customers as bigint) as sample_size,
        cast(opening_customers as bigint) as opening_customer_months,
        cast(churned_customers as bigint) as churned_customers,
        cast(new_customers as bigint) as new_customers,
        '{{ report_currency() }}' as currency
    from valued
)

select * from final

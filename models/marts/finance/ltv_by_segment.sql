with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

customers_by_segment as (
    select * from {{ ref('customers_by_segment') }}
),

margin_by_segment as (
    select * from {{ ref('margin_by_segment') }}
),

fct_marketing_spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

complete_months as (
    select
        *,
        dense_rank() over (order by month desc) as months_ago
    from mrr_by_customer_month
    where not is_provisional
),

customers_of_half_year as (
    select
        *,
        month = cohort_month as is_new
    from complete_months
    where months_ago <= 6
),

half_years as (
    select
        segments.segment_kind,
        segments.segment,
        sum(case when months.months_ago = 1 then months.mrr else 0 end) as mrr,
        sum(case when months.months_ago = 1 and months.is_paying then 1 else 0 end)
            as paying_customers,
        sum(case when months.is_paying_at_start then 1 else 0 end) as opening_customers,
        sum(case when months.is_churned then 1 else 0 end) as churned_customers,
        sum(case when months.is_new then 1 else 0 end) as new_customers,
        sum(case when months.is_new then months.mrr else 0 end) as new_mrr
    from customers_of_half_year as months
    inner join customers_by_segment as segments
        on months.customer_id = segments.customer_id
    group by
        segments.segment_kind,
        segments.segment
),

spend_of_half_year as (
    select
        marketing_spend.acquisition_channel,
        marketing_spend.amount
    from fct_marketing_spend as marketing_spend
    inner join (
        select distinct month from customers_of_half_year
    ) as months
        on marketing_spend.month = months.month
),

spend_by_segment as (
    select
        'channel' as segment_kind,
        acquisition_channel as segment,
        sum(amount) as spend
    from spend_of_half_year
    group by acquisition_channel
    union all
    select
        'all' as segment_kind,
        'all' as segment,
        sum(amount) as spend
    from spend_of_half_year
),

rated as (
    select
        half_years.*,
        {{ ratio('half_years.mrr', 'half_years.paying_customers') }} as arpa,
        {{ ratio('half_years.churned_customers', 'half_years.opening_customers') }} as churn,
        {{ ratio('spend_by_segment.spend', 'half_years.new_customers') }} as cac,
        {{ ratio('half_years.new_mrr', 'half_years.new_customers') }} as new_customer_arpa,
        margin_by_segment.margin_rate as gross_margin
    from half_years
    left join spend_by_segment
        on
            half_years.segment_kind = spend_by_segment.segment_kind
            and half_years.segment = spend_by_segment.segment
    left join margin_by_segment
        on
            half_years.segment_kind = margin_by_segment.segment_kind
            and half_years.segment = margin_by_segment.segment
),

valued as (
    select
        *,
        {{ ltv('arpa', 'churn', 'paying_customers') }} as ltv_revenue,
        round(new_customer_arpa * gross_margin, 9) as new_customer_margin
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
        -- Whoever is served at a loss never pays back.
        {{ ratio('cac', 'case when new_customer_margin > 0 then new_customer_margin end') }}
            as payback_months,
        cast(paying_customers as bigint) as sample_size,
        cast(opening_customers as bigint) as opening_customer_months,
        cast(churned_customers as bigint) as churned_customers,
        cast(new_customers as bigint) as new_customers,
        '{{ report_currency() }}' as currency
    from valued
)

select * from final

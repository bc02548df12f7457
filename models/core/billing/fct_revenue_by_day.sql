with fct_revenue_spans as (
    select * from {{ ref('fct_revenue_spans') }}
),

dim_utc_days as (
    select day
    from {{ ref('dim_utc_days') }}
    where day < {{ revenue_horizon() }}
),

days_of_spans as (
    select
        dim_utc_days.day as revenue_date,
        fct_revenue_spans.*,
        {{ days_between('fct_revenue_spans.service_start_date', 'dim_utc_days.day') }}
            as days_before
    from fct_revenue_spans
    inner join dim_utc_days
        on
            fct_revenue_spans.service_start_date <= dim_utc_days.day
            and fct_revenue_spans.service_end_date > dim_utc_days.day
),

earned as (
    select
        revenue_date,
        customer_id,
        product_id,
        feature_id,
        allocation_method,
        {{ recognised_usd('days_of_spans', 'days_of_spans.days_before + 1') }}
        - {{ recognised_usd('days_of_spans', 'days_of_spans.days_before') }} as revenue_usd
    from days_of_spans
),

final as (
    select
        revenue_date,
        customer_id,
        product_id,
        feature_id,
        cast(sum(revenue_usd) as decimal(38, 9)) as revenue_usd,
        max(allocation_method) as allocation_method,
        {{ is_running_day('revenue_date') }} as is_provisional
    from earned
    group by
        revenue_date,
        customer_id,
        product_id,
        feature_id
)

select * from final

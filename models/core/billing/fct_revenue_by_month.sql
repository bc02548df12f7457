with fct_revenue_spans as (
    select * from {{ ref('fct_revenue_spans') }}
),

-- The part of a month that counts ends at the clock.
months as (
    select
        {{ month_of('day') }} as month,
        cast(max({{ dbt.dateadd('day', 1, 'day') }}) as date) as counted_until
    from {{ ref('dim_utc_days') }}
    where day < {{ revenue_horizon() }}
    group by {{ month_of('day') }}
),

-- A span counts in the months it is earned in, while it is deferred in those before, and while it
-- is earned and not yet booked in those after.
months_of_spans as (
    select
        months.month,
        fct_revenue_spans.*,
        fct_revenue_spans.booked_date < months.counted_until as is_booked,
        {{ days_between('fct_revenue_spans.service_start_date', 'months.month') }}
            as days_at_start,
        {{ days_between('fct_revenue_spans.service_start_date', 'months.counted_until') }}
            as days_at_end
    from fct_revenue_spans
    inner join months
        on
            (
                fct_revenue_spans.service_end_date > months.month
                or fct_revenue_spans.booked_date >= months.counted_until
            )
            and (
                fct_revenue_spans.service_start_date < months.counted_until
                or fct_revenue_spans.booked_date < months.counted_until
            )
),

earned as (
    select
        month,
        customer_id,
        product_id,
        feature_id,
        {{ recognised_usd('months_of_spans', 'months_of_spans.days_at_end') }}
        - {{ recognised_usd('months_of_spans', 'months_of_spans.days_at_start') }} as revenue_usd,
        is_booked,
        net_usd,
        {{ recognised_usd('months_of_spans', 'months_of_spans.days_at_end') }} as earned_to_date
    from months_of_spans
),

final as (
    select
        month,
        customer_id,
        product_id,
        feature_id,
        cast(sum(revenue_usd) as decimal(38, 9)) as revenue_usd,
        cast(
            sum(case when is_booked then net_usd - earned_to_date else 0 end) as decimal(38, 9)
        ) as deferred_usd,
        cast(sum(case when is_booked then 0 else earned_to_date end) as decimal(38, 9))
            as unbilled_usd,
        {{ is_running_month('month') }} as is_provisional
    from earned
    group by
        month,
        customer_id,
        product_id,
        feature_id
)

select * from final

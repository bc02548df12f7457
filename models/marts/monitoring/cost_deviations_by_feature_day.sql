with numbers as (
    {{ dbt.generate_series(insight_days() + baseline_days()) }}
),

recent_cost as (
    select
        feature_id,
        cost_usd,
        {{ days_between('date', day_of(as_of_timestamp())) }} as days_ago
    from {{ ref('cost_by_feature_day') }}
    where
        date >= {{ days_before_clock(insight_days() + baseline_days()) }}
        and date < {{ days_before_clock(0) }}
),

features as (
    select
        feature_id,
        max(days_ago) as first_days_ago
    from recent_cost
    group by feature_id
),

feature_days as (
    select
        features.feature_id,
        features.first_days_ago,
        cast(numbers.generated_number as integer) as days_ago,
        coalesce(recent_cost.cost_usd, cast(0 as decimal(38, 9))) as cost_usd
    from features
    cross join numbers
    left join recent_cost
        on
            features.feature_id = recent_cost.feature_id
            and cast(numbers.generated_number as integer) = recent_cost.days_ago
),

costs_of_days as (
    select
        days_ago,
        sum(cost_usd) as company_cost_usd
    from feature_days
    group by days_ago
),

medians_found as (
    select
        judged.feature_id,
        judged.days_ago,
        judged.cost_usd,
        {{ percentile('past.cost_usd', 0.5, 9) }} as median_cost_usd,
        {{ percentile(
            'case when mod(past.days_ago - judged.days_ago, 7) = 0 then past.cost_usd end', 0.5, 9
        ) }} as weekday_median_cost_usd,
        {{ percentile('costs_of_days.company_cost_usd', 0.5, 9) }} as median_company_cost_usd
    from feature_days as judged
    inner join feature_days as past
        on
            judged.feature_id = past.feature_id
            and judged.days_ago < past.days_ago
            and judged.days_ago >= past.days_ago - {{ baseline_days() }}
    inner join costs_of_days
        on past.days_ago = costs_of_days.days_ago
    where
        judged.days_ago <= {{ insight_days() }}
        and judged.first_days_ago >= judged.days_ago + {{ baseline_days() }}
    group by
        judged.feature_id,
        judged.days_ago,
        judged.cost_usd
),

deviations_found as (
    select
        medians_found.feature_id,
        medians_found.days_ago,
        medians_found.cost_usd,
        medians_found.median_cost_usd,
        medians_found.weekday_median_cost_usd,
        medians_found.median_company_cost_usd,
        {{ percentile('abs(past.cost_usd - medians_found.median_cost_usd)', 0.5, 9) }}
            as median_deviation_usd
    from medians_found
    inner join feature_days as past
        on
            medians_found.feature_id = past.feature_id
            and medians_found.days_ago < past.days_ago
            and medians_found.days_ago >= past.days_ago - {{ baseline_days() }}
    group by
        medians_found.feature_id,
        medians_found.days_ago,
        medians_found.cost_usd,
        medians_found.median_cost_usd,
        medians_found.weekday_median_cost_usd,
        medians_found.median_company_cost_usd
),

scored as (
    select
        *,
        cost_usd - median_cost_usd as excess_usd,
        {{ robust_z(
            'cost_usd', 'median_cost_usd', 'median_deviation_usd', cost_noise('median_cost_usd')
        ) }} as robust_z,
        {{ robust_z(
            'cost_usd', 'weekday_median_cost_usd', 'median_deviation_usd',
            cost_noise('weekday_median_cost_usd')
        ) }} as weekday_robust_z
    from deviations_found
),

final as (
    select
        {{ days_before_clock('days_ago') }} as date,
        feature_id,
        cost_usd,
        cast(median_cost_usd as decimal(38, 9)) as median_cost_usd,
        cast(weekday_median_cost_usd as decimal(38, 9)) as weekday_median_cost_usd,
        cast(median_deviation_usd as decimal(38, 9)) as median_deviation_usd,
        cast(excess_usd as decimal(38, 9)) as excess_usd,
        cast(median_company_cost_usd as decimal(38, 9)) as median_company_cost_usd,
        robust_z,
        weekday_robust_z,
        {{ is_beyond_usual('robust_z', 'weekday_robust_z', 1) }}
        and excess_usd >= median_company_cost_usd * {{ insight_var('insight_cost_share') }}
            as is_anomaly
    from scored
)

select * from final

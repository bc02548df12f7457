with alert_episodes as (
    select
        *,
        {{ kpi_text('value', 'unit', 'currency') }} as value_text,
        {{ kpi_text('threshold', 'unit', 'currency') }} as threshold_text
    from {{ ref('alert_episodes') }}
),

alert_sightings as (
    select * from {{ ref('alert_sightings') }}
),

dim_alert_rules as (
    select * from {{ ref('dim_alert_rules') }}
),

final as (
    select
        -- Keys
        alert_episodes.alert_id,
        alert_episodes.metric,
        alert_episodes.dimension,
        alert_episodes.dimension_value,
        alert_episodes.period_grain,
        alert_episodes.period_start,

        -- How it stands
        alert_episodes.status,
        alert_episodes.severity,
        dim_alert_rules.audience,

        -- Numbers of the period that gave it its severity.
        coalesce(alert_episodes.critical_period_start, alert_episodes.period_start)
            as severity_period_start,
        alert_episodes.value,
        alert_episodes.threshold,
        alert_episodes.sample_size,
        dim_alert_rules.minimum_sample,
        alert_episodes.chance,
        alert_episodes.unit,
        alert_episodes.currency,
        dim_alert_rules.description || ': ' || alert_episodes.value_text
        || case dim_alert_rules.direction when 'up' then ', above ' else ', below ' end
        || alert_episodes.threshold_text
        || case
            when alert_episodes.dimension = 'all' then ''
            else ' (' || alert_episodes.dimension || ' ' || alert_episodes.dimension_value || ')'
        end as message,

        -- When
        least(alert_sightings.first_seen_at, {{ as_of_timestamp() }}) as first_seen_at,
        alert_episodes.last_period_start,
        least(alert_episodes.last_fired_until, {{ as_of_timestamp() }}) as last_seen_at,
        alert_episodes.recovered_period_start,
        least(alert_episodes.recovered_until, {{ as_of_timestamp() }}) as recovered_at
    from alert_episodes
    inner join alert_sightings
        on
            alert_episodes.alert_id = alert_sightings.alert_id
            and alert_episodes.dimension_value = alert_sightings.dimension_value
            and alert_episodes.period_start = alert_sightings.period_start
    inner join dim_alert_rules
        on alert_episodes.alert_id = dim_alert_rules.alert_id
)

select * from final

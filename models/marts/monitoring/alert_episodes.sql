with alert_checks as (
    select * from {{ ref('alert_checks') }}
),

checks_flagged as (
    select
        *,
        status in ('warning', 'critical') as is_firing,
        status = 'ok' and is_back as is_calm,
        max(case
            when status in ('warning', 'critical') or (status = 'ok' and not is_back)
                then period_end
        end) over (
            partition by alert_id, dimension_value
            order by period_start
            rows between unbounded preceding and current row
        ) as last_disturbed_at
    from alert_checks
),

-- Calm is recovery once it has lasted: a value at a moment recovers at once, others cool down.
recoveries_found as (
    select
        *,
        is_calm and (
            last_disturbed_at is null
            or is_state
            or last_disturbed_at <= {{ before_cooldown('period_end') }}
        ) as is_recovery
    from checks_flagged
),

episodes_numbered as (
    select
        *,
        coalesce(sum(case when is_recovery then 1 else 0 end) over (
            partition by alert_id, dimension_value
            order by period_start
            rows between unbounded preceding and 1 preceding
        ), 0) as episode_number
    from recoveries_found
),

episodes as (
    select
        alert_id,
        dimension_value,
        episode_number,
        min(case when is_firing then period_start end) as fired_for,
        min(case when status = 'critical' then period_start end) as critical_for,
        max(case when is_firing then period_start end) as last_fired_for,
        max(case when is_firing then period_end end) as last_fired_until,
        max(case when is_recovery then period_start end) as recovered_for,
        max(case when is_recovery then period_end end) as recovered_until,
        max(period_start) as last_looked_at
    from episodes_numbered
    group by
        alert_id,
        dimension_value,
        episode_number
    having max(case when is_firing then 1 else 0 end) = 1
),

newest_periods as (
    select
        alert_id,
        max(period_start) as newest_period_start
    from alert_checks
    group by alert_id
),

final as (
    select
        episodes.alert_id,
        checks_flagged.metric,
        checks_flagged.dimension,
        episodes.dimension_value,
        checks_flagged.period_grain,
        episodes.fired_for as period_start,
        episodes.critical_for as critical_period_start,
        episodes.last_fired_for as last_period_start,
        episodes.last_fired_until,
        episodes.recovered_for as recovered_period_start,
        episodes.recovered_until,
        case
            when episodes.recovered_for is not null then 'recovered'
            -- An endpoint or model that nobody uses any more has no values to recover with.
            when episodes.last_looked_at < newest_periods.newest_period_start then 'ended'
            else 'open'
        end as status,
        case when episodes.critical_for is null then 'warning' else 'critical' end as severity,
        checks_flagged.value,
        checks_flagged.threshold,
        checks_flagged.sample_size,
        checks_flagged.chance,
        checks_flagged.unit,
        checks_flagged.currency,
        checks_flagged.is_state,
        checks_flagged.is_stale
    from episodes
    inner join checks_flagged
        on
            episodes.alert_id = checks_flagged.alert_id
            and episodes.dimension_value = checks_flagged.dimension_value
            and coalesce(episodes.critical_for, episodes.fired_for) = checks_flagged.period_start
    inner join newest_periods
        on episodes.alert_id = newest_periods.alert_id
)

select * from final

with alert_values as (
    select * from {{ ref('alert_values') }}
),

load_freshness_by_source as (
    select * from {{ ref('load_freshness_by_source') }}
),

-- How far the data of all sources that were ever loaded reach.
data_reach as (
    select
        min(last_synced_at) as synced_until,
        coalesce(max(case when is_stale then 1 else 0 end), 0) = 1 as is_stale
    from load_freshness_by_source
    where last_synced_at is not null
),

chances_found as (
    select
        *,
        case
            when not is_exact then null
            when is_change and direction = 'up'
                then {{ log_chance_of_at_least('kpi_value', 'kpi_value + value_before', '0.5') }}
            when is_change
                then {{ log_chance_of_at_least('value_before', 'kpi_value + value_before', '0.5') }}
            when direction = 'up'
                then {{ log_chance_of_at_least(
                    'numerator', 'denominator', 'coalesce(warning, critical)'
                ) }}
            else
                {{ log_chance_of_at_least(
                    'denominator - numerator', 'denominator', '1 - coalesce(warning, critical)'
                ) }}
        end as log_chance
    from alert_values
),

reach_added as (
    select
        chances_found.*,
        data_reach.synced_until,
        data_reach.is_stale
    from chances_found
    cross join data_reach
),

judged as (
    select
        *,
        {{ is_beyond('value', 'critical', 'direction') }} as is_critical,
        {{ is_beyond('value', 'coalesce(warning, critical)', 'direction') }} as is_warning,
        {{ is_back_inside('value', 'coalesce(warning, critical)', 'direction') }} as is_back,
        {{ is_near('value', 'coalesce(warning, critical)', 'direction') }} as is_near,
        -- Without sample sizes there is nothing to be too small.
        coalesce(sample_size < minimum_sample, false) as is_too_small,
        -- Nor can chance be ruled out of what is no count.
        is_exact and coalesce({{ is_perhaps_chance('log_chance') }}, true) as is_perhaps_chance,
        coalesce(not is_state and period_end > synced_until, false) as is_incomplete
    from reach_added
),

statuses_found as (
    select
        *,
        case
            when value is null then 'no_value'
            when is_incomplete and is_stale then 'held'
            when is_incomplete then 'waiting'
            when is_too_small then 'too_small'
            when is_warning and is_perhaps_chance then 'perhaps_chance'
            when is_critical then 'critical'
            when is_warning then 'warning'
            else 'ok'
        end as status
    from judged
),

final as (
    select
        alert_id,
        metric,
        period_grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        value,
        case when is_critical then critical else coalesce(warning, critical) end as threshold,
        sample_size,
        minimum_sample,
        cast(case
            when log_chance > -20 then round(cast(exp(log_chance) as decimal(18, 9)), 9)
            -- Less than nine decimals can show.
            when log_chance is not null then 0.000000003
        end as decimal(18, 9)) as chance,
        unit,
        currency,
        status,
        case
            when status in ('critical', 'warning') then status
            when status = 'ok' and is_near then 'approaching'
            when status = 'ok' then 'info'
        end as level,
        is_back,
        is_state,
        is_stale
    from statuses_found
)

select * from final

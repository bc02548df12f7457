{{ config(severity='warn') }}

-- A rule that watches nothing, or that nothing could trip, protects nobody.
with rules as (
    select
        dim_alert_rules.*,
        kpi_definitions.metric as known_metric,
        coalesce(dim_alert_rules.period_grain, kpi_definitions.default_grain) as grain
    from {{ ref('dim_alert_rules') }} as dim_alert_rules
    left join {{ ref('kpi_definitions') }} as kpi_definitions
        on dim_alert_rules.metric = kpi_definitions.metric
),

kpis_there as (
    select
        metric,
        period_grain,
        dimension,
        count(numerator) as counts
    from {{ ref('kpis') }}
    group by
        metric,
        period_grain,
        dimension
),

metrics_there as (
    select distinct metric
    from kpis_there
),

problems as (
    select
        rules.alert_id,
        rules.watches,
        case
            when rules.known_metric is null then 'no KPI has this name'
            when coalesce(rules.warning, rules.critical) is null then 'no threshold is given'
            when metrics_there.metric is not null and kpis_there.metric is null
                then 'the KPI has no values of this grain and dimension'
            when rules.direction = 'up' and rules.critical < rules.warning
                then 'the critical threshold is below that of a warning'
            when rules.direction = 'down' and rules.critical > rules.warning
                then 'the critical threshold is above that of a warning'
            when rules.is_exact and not rules.is_change and kpis_there.counts = 0
                then 'the KPI is no share of counts, so that chance cannot be ruled out'
        end as problem
    from rules
    left join metrics_there
        on rules.known_metric = metrics_there.metric
    left join kpis_there
        on
            rules.known_metric = kpis_there.metric
            and rules.grain = kpis_there.period_grain
            and rules.dimension = kpis_there.dimension
)

select *
from problems
where problem is not null

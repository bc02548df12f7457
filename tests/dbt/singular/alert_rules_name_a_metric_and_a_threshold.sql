{{ config(severity='warn') }}

-- A rule that watches nothing, or that nothing could trip, protects nobody.
select
    dim_alert_rules.alert_id,
    dim_alert_rules.watches
from {{ ref('dim_alert_rules') }} as dim_alert_rules
left join {{ ref('kpi_definitions') }} as kpi_definitions
    on dim_alert_rules.metric = kpi_definitions.metric
where
    kpi_definitions.metric is null
    or coalesce(dim_alert_rules.warning, dim_alert_rules.critical) is null

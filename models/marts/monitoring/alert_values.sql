with kpis as (
    select * from {{ ref('kpis') }}
),

kpi_definitions as (
    select * from {{ ref('kpi_definitions') }}
),

dim_alert_rules as (
    select * from {{ ref('dim_alert_rules') }}
),

values_watched as (
    select
        dim_alert_rules.alert_id,
        dim_alert_rules.is_change,
        dim_alert_rules.is_exact,
        dim_alert_rules.direction,
        dim_alert_rules.warning,
        dim_alert_rules.critical,
        dim_alert_rules.minimum_sample,
        kpi_definitions.is_state,
        kpis.metric,
        kpis.period_grain,
        kpis.period_start,
        kpis.dimension,
        kpis.dimension_value,
        kpis.value as kpi_value,
        kpis.numerator,
        kpis.denominator,
        kpis.sample_size as own_sample_size,
        kpis.unit,
        kpis.currency,
        {{ period_end('kpis.period_grain', 'kpis.period_start') }} as period_end,
        lag(kpis.period_start) over (
            partition by dim_alert_rules.alert_id, kpis.dimension_value
            order by kpis.period_start
        ) as start_before,
        lag(kpis.value) over (
            partition by dim_alert_rules.alert_id, kpis.dimension_value
            order by kpis.period_start
        ) as value_before,
        lag(kpis.sample_size) over (
            partition by dim_alert_rules.alert_id, kpis.dimension_value
            order by kpis.period_start
        ) as sample_before
    from dim_alert_rules
    inner join kpi_definitions
        on dim_alert_rules.metric = kpi_definitions.metric
    inner join kpis
        on
            kpi_definitions.metric = kpis.metric
            and coalesce(dim_alert_rules.period_grain, kpi_definitions.default_grain)
            = kpis.period_grain
            and dim_alert_rules.dimension = kpis.dimension
    where kpi_definitions.is_state or not kpis.is_provisional
),

neighbours_dated as (
    select
        *,
        {{ period_end('period_grain', 'start_before') }} as end_before
    from values_watched
),

final as (
    select
        -- What the rule says
        alert_id,
        is_change,
        is_exact,
        direction,
        warning,
        critical,
        minimum_sample,
        -- What it looks at
        metric,
        period_grain,
        period_start,
        cast(period_end as {{ timestamp_type() }}) as period_end,
        dimension,
        dimension_value,
        is_state,
        kpi_value,
        value_before,
        numerator,
        denominator,
        -- What it sets against its thresholds.
        case
            when not is_change then kpi_value
            when end_before = cast(period_start as {{ timestamp_type() }})
                then {{ ratio('kpi_value - value_before', 'abs(value_before)') }}
        end as value,
        -- A change rests on both periods: a fall to nothing is no small sample.
        case when is_change then greatest(own_sample_size, sample_before) else own_sample_size end
            as sample_size,
        case when is_change then 'share' else unit end as unit,
        currency
    from neighbours_dated
)

select * from final

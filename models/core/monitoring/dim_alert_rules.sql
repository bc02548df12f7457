with alert_thresholds as (
    select * from {{ ref('alert_thresholds') }}
),

-- "error_rate@week by endpoint" is metric, grain and dimension; the metric alone is the usual case
metric_and_dimension_split as (
    select
        *,
        trim({{ dbt.split_part('metric', "' by '", 1) }}) as metric_and_grain,
        nullif(trim(coalesce({{ dbt.split_part('metric', "' by '", 2) }}, '')), '') as dimension
    from alert_thresholds
),

-- "drop_exact" is a comparison and whether chance must be ruled out
comparison_split as (
    select
        *,
        replace(comparison, '_exact', '') as kind,
        comparison <> replace(comparison, '_exact', '') as is_exact
    from metric_and_dimension_split
),

final as (
    select
        alert_id,
        metric as watches,
        trim({{ dbt.split_part('metric_and_grain', "'@'", 1) }}) as metric,
        nullif(trim(coalesce({{ dbt.split_part('metric_and_grain', "'@'", 2) }}, '')), '')
            as period_grain,
        coalesce(dimension, 'all') as dimension,
        comparison,
        kind in ('rise', 'drop') as is_change,
        is_exact,
        case when kind in ('above', 'rise') then 'up' else 'down' end as direction,
        -- a drop by 0.2 may be written 0.2 or -0.2
        case
            when kind = 'drop' then -abs(warning)
            when kind = 'rise' then abs(warning)
            else warning
        end as warning,
        case
            when kind = 'drop' then -abs(critical)
            when kind = 'rise' then abs(critical)
            else critical
        end as critical,
        cast(coalesce(minimum_sample, 0) as bigint) as minimum_sample,
        severity as audience,
        description
    from comparison_split
)

select * from final

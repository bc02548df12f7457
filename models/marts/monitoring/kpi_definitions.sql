with definitions as (
    {{ kpi_definition_rows() }}
),

final as (
    select
        metric,
        title,
        meaning,
        formula,
        unit,
        currency,
        better,
        mart,
        model,
        default_grain,
        is_state,
        over_days,
        minimum_sample,
        definition_version
    from definitions
)

select * from final

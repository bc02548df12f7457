with source_syncs_by_day as (
    select * from {{ ref('source_syncs_by_day') }}
),

unpriced_models_by_day as (
    select * from {{ ref('unpriced_models_by_day') }}
),

mrr_reconciliation as (
    select * from {{ ref('mrr_reconciliation') }}
),

sources as (
    select
        'day' as period_grain,
        date as period_start,
        'source' as dimension,
        source as dimension_value,
        hours_since_sync,
        rows_quarantined,
        is_provisional
    from source_syncs_by_day
),

company as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        max(hours_since_sync) as hours_since_sync,
        sum(rows_quarantined) as rows_quarantined,
        is_provisional
    from sources
    group by
        period_grain,
        period_start,
        is_provisional
),

unpriced as (
    select
        'day' as period_grain,
        date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        unpriced_models,
        is_provisional
    from unpriced_models_by_day
),

checks as (
    select
        'day' as period_grain,
        {{ last_day_begun() }} as period_start,
        'check' as dimension,
        check_name as dimension_value,
        exceptions,
        abs(difference) as difference,
        subjects,
        true as is_provisional
    from mrr_reconciliation
    where subject_id = '__all__'
),

checks_together as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(exceptions) as exceptions,
        sum(difference) as difference,
        sum(subjects) as subjects,
        is_provisional
    from checks
    group by
        period_grain,
        period_start,
        is_provisional
),

final as (
    {{ kpi_rows(['company', 'sources', 'unpriced', 'checks', 'checks_together']) }}
)

select * from final

with source_syncs_by_day as (
    select * from {{ ref('source_syncs_by_day') }}
),

unpriced_models_by_day as (
    select * from {{ ref('unpriced_models_by_day') }}
),

mrr_reconciliation as (
    select * from {{ ref('mrr_reconciliation') }}
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
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

-- In the report currency at the rates of now; a difference in a currency without a rate is among
-- the exceptions only, as are renewals, which may differ by rule.
gaps as (
    select
        mrr_reconciliation.check_name,
        sum({{ in_report_currency(
            'abs(mrr_reconciliation.difference)', 'mrr_reconciliation.currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}) as difference
    from mrr_reconciliation
    inner join dim_exchange_rates as rates
        on
            mrr_reconciliation.currency = rates.currency
            and rates.valid_to is null
    where
        mrr_reconciliation.subject_id <> '__all__'
        and mrr_reconciliation.check_name in ('ledger_today', 'events_against_lines')
    group by mrr_reconciliation.check_name
),

checks as (
    select
        'day' as period_grain,
        {{ last_day_begun() }} as period_start,
        'check' as dimension,
        mrr_reconciliation.check_name as dimension_value,
        mrr_reconciliation.exceptions,
        cast(
            case
                when mrr_reconciliation.check_name in ('ledger_today', 'events_against_lines')
                    then coalesce(gaps.difference, 0)
            end
            as decimal(38, 9)
        ) as difference,
        mrr_reconciliation.subjects,
        true as is_provisional
    from mrr_reconciliation
    left join gaps
        on mrr_reconciliation.check_name = gaps.check_name
    where mrr_reconciliation.subject_id = '__all__'
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

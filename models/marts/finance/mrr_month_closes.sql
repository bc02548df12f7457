with mrr_months_as_closed as (
    select * from {{ ref('mrr_months_as_closed') }}
),

mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

measures as (
    {{ closed_measure_names() }}
),

-- Closes of another currency or by other rules say nothing about the numbers of this build.
measures_compared as (
    select
        months_as_closed.month,
        measures.measure,
        {{ closed_measure_value('months_as_closed') }} as closed_value,
        {{ closed_measure_value('movements_by_month') }} as current_value,
        months_as_closed.closed_at,
        months_as_closed.currency
    from mrr_months_as_closed as months_as_closed
    inner join mrr_movements_by_month as movements_by_month
        on
            months_as_closed.month = movements_by_month.month
            and months_as_closed.currency = movements_by_month.currency
    cross join measures
    where
        months_as_closed.rules = '{{ mrr_rules() }}'
        and not movements_by_month.is_provisional
),

final as (
    select
        month,
        measure,
        closed_value,
        current_value,
        cast(current_value - closed_value as decimal(38, 9)) as restated_value,
        current_value <> closed_value as is_restated,
        closed_at,
        currency
    from measures_compared
)

select * from final

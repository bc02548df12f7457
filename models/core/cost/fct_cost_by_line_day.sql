{{ rebuilt_by_day({
    'publish': false,
    'day': 'cost_date',
    'days_by_load': 'int_cost_verdict_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': 'int_cost_attributed_to_nobody',
    'switches': ['finality_days'],
    'open_days': var('finality_days') | int + 3,
}) }}

with attributed_of_touched_days as (
    select *
    from {{ ref('int_cost_attributed') }}
    where {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        line_item,
        model_id,
        cost_kind,
        feature_id,
        {{ status_by_basis() }} as status,
        -- A line that is spread over all calls of a day is not held against any of them.
        status <> 'billed_no_events' and method not like '%_day' as is_matched,
        cast(sum(cost_usd) as decimal(38, 9)) as cost_usd,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd
    from attributed_of_touched_days
    group by
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        line_item,
        model_id,
        cost_kind,
        feature_id,
        basis,
        status,
        status <> 'billed_no_events' and method not like '%_day'
)

select * from final

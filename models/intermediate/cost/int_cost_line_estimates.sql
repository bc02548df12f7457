{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': [
        'int_cost_weights_of_token_lines',
        'int_cost_weights_of_other_lines',
    ],
}) }}

with weights_of_touched_days as (
    select *
    from {{ ref('int_cost_weights') }}
    where
        level > 0
        and {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

final as (
    select
        provider_cost_id,
        cost_date,
        is_estimate,
        cast(sum(weight_nano) as decimal(38, 0)) as weight_nano
    from weights_of_touched_days
    group by
        provider_cost_id,
        cost_date,
        is_estimate
)

select * from final

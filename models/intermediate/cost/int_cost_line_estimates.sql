{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('cost_date'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'cost_date',
        'days_by_load': 'int_cost_days_by_load',
        'loads_of': ['app_events', 'openai'],
        'after': {'app_events': 'int_cost_weights', 'openai': 'int_cost_weights'},
        'references': [
            'int_llm_rate_bands', 'model_aliases', 'line_item_map', 'cost_rules',
            'int_bill_exchange_rates',
        ],
    }
) }}

-- depends_on: {{ ref('int_llm_rate_bands') }}
-- depends_on: {{ ref('model_aliases') }}
-- depends_on: {{ ref('line_item_map') }}
-- depends_on: {{ ref('cost_rules') }}
-- depends_on: {{ ref('int_bill_exchange_rates') }}
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

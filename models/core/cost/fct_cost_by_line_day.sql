{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('cost_date'),
    post_hook="{{ remember_loads() }}",
    meta={
        'publish': false,
        'day': 'cost_date',
        'days_by_load': 'int_cost_verdict_days_by_load',
        'open_days': var('finality_days') | int + 3,
        'loads_of': ['app_events', 'openai'],
        'after': {'app_events': 'int_cost_attributed', 'openai': 'int_cost_attributed'},
        'references': [
            'int_llm_rate_bands', 'model_aliases', 'line_item_map', 'cost_rules',
            'int_bill_exchange_rates',
        ],
        'switches': ['reconcile_tolerance', 'finality_days'],
    }
) }}

-- depends_on: {{ ref('int_llm_rate_bands') }}
-- depends_on: {{ ref('model_aliases') }}
-- depends_on: {{ ref('line_item_map') }}
-- depends_on: {{ ref('cost_rules') }}
-- depends_on: {{ ref('int_bill_exchange_rates') }}
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
        project_id,
        line_item,
        model_id,
        feature_id,
        status,
        -- A line that is spread over all calls of a day is not held against any of them.
        status <> 'billed_no_events' and method not like '%_day' as is_matched,
        cast(sum(cost_usd) as decimal(38, 9)) as cost_usd,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd
    from attributed_of_touched_days
    group by
        provider_cost_id,
        cost_date,
        provider,
        project_id,
        line_item,
        model_id,
        feature_id,
        status,
        status <> 'billed_no_events' and method not like '%_day'
)

select * from final

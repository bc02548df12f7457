{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

with alert_episodes as (
    select * from {{ ref('alert_episodes') }}
),

final as (
    select
        alert_id,
        dimension_value,
        period_start,
        {{ as_of_timestamp() }} as first_seen_at,
        {{ this_run() }} as first_seen_by
    from alert_episodes
    where
        -- While a source is stale nothing new fires but what tells of it.
        (is_state or not is_stale)
        and {{ is_not_remembered(
            'alert_episodes', ['alert_id', 'dimension_value', 'period_start']
        ) }}
)

select * from final

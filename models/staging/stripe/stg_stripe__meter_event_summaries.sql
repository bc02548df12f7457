with meter_event_summaries as (
    {{ newest_versions('stripe', 'meter_event_summaries') }}
),

final as (
    select
        -- keys
        source_account,
        id as meter_event_summary_id,
        meter as meter_id,
        customer as customer_id,
        -- facts
        aggregated_value,
        livemode as is_livemode,
        -- times
        start_time as period_start_at,
        end_time as period_end_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from meter_event_summaries
)

select * from final

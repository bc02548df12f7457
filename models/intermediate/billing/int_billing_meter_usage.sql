with stripe_meter_event_summaries as (
    select * from {{ ref('stg_stripe__meter_event_summaries') }}
),

stripe_meters as (
    select * from {{ ref('stg_stripe__meters') }}
),

final as (
    select
        'stripe' as billing_provider,
        stripe_meter_event_summaries.meter_event_summary_id,
        stripe_meter_event_summaries.meter_id,
        stripe_meters.meter_name,
        stripe_meters.event_name,
        stripe_meter_event_summaries.customer_id,
        stripe_meter_event_summaries.aggregated_value,
        stripe_meter_event_summaries.period_start_at,
        stripe_meter_event_summaries.period_end_at
    from stripe_meter_event_summaries
    left join stripe_meters
        on stripe_meter_event_summaries.meter_id = stripe_meters.meter_id
    where not stripe_meter_event_summaries.is_deleted
)

select * from final

with phases as (
    {{ children_of_newest('stripe', 'subscription_schedule_phases', 'subscription_schedules') }}
),

final as (
    select
        source_account,
        _root_id as schedule_id,
        _position + 1 as phase_number,
        lower(currency) as currency,
        {{ stripe_coupon_key('coupon') }} as coupon_id,
        collection_method,
        start_date as phase_start_at,
        end_date as phase_end_at,
        trial_end as trial_end_at
    from phases
)

select * from final

with intervals_now as (
    {{ children_of_all('recurly', 'subscription_ramp_intervals', 'subscriptions') }}
),

intervals_pending as (
    {{ children_of_all('recurly', 'pending_ramp_intervals', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _position as interval_position,
        false as is_pending,
        unit_amount,
        starting_on as starts_at,
        ending_on as ends_at
    from intervals_now
    union all
    select
        source_account,
        _version_id as subscription_version_id,
        _position as interval_position,
        true as is_pending,
        unit_amount,
        starting_on as starts_at,
        ending_on as ends_at
    from intervals_pending
)

select * from final

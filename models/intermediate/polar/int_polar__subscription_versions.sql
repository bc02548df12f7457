with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        version_number,
        subscription_id,
        customer_id,
        case when pending_update_at is not null then subscription_id || '/update' end
            as schedule_id,
        status,
        status as status_native,
        currency,
        'charge_automatically' as collection_method,
        is_cancel_at_period_end,
        cancellation_reason,
        metadata,
        created_at,
        started_at,
        current_period_start_at,
        current_period_end_at,
        trial_start_at,
        trial_end_at,
        case when is_cancel_at_period_end then coalesce(ends_at, current_period_end_at) end
            as cancel_at,
        canceled_at,
        case when status = 'canceled' then coalesce(ended_at, ends_at, valid_from) end as ended_at,
        case when status = 'paused' then resumes_at end as pause_resumes_at,
        case status
            when 'paused' then paused_at
            when 'past_due' then past_due_at
            when 'canceled' then coalesce(ended_at, ends_at)
        end as status_since_at,
        'snapshot' as evidence,
        valid_from,
        valid_to,
        is_newest,
        false as is_deleted
    from polar_subscriptions
)

select * from final

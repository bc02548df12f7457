with subscription_history as (
    select * from {{ ref('stg_stripe__subscription_history') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        subscription_id,
        customer_id,
        latest_invoice_id,
        schedule_id,
        plan_id,
        status,
        currency,
        collection_method,
        quantity,
        is_cancel_at_period_end,
        cancellation_reason,
        pause_behavior,
        days_until_due,
        tax_percent,
        metadata,
        is_livemode,
        created_at,
        started_at,
        current_period_start_at,
        current_period_end_at,
        billing_cycle_anchor_at,
        trial_start_at,
        trial_end_at,
        cancel_at,
        canceled_at,
        ended_at,
        pause_resumes_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        valid_to is not null as is_deleted
    from subscription_history
    where is_newest
)

select * from final

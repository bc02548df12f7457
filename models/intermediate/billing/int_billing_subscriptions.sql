with subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

final as (
    select
        billing_provider,
        source_account,
        subscription_version_id,
        subscription_id,
        customer_id,
        billing_customer_id,
        latest_invoice_id,
        schedule_id,
        status,
        status_native,
        currency,
        collection_method,
        days_until_due,
        is_cancel_at_period_end,
        cancellation_reason,
        cancellation_feedback,
        cancellation_comment,
        pause_behavior,
        tax_percent,
        metadata,
        native_mrr,
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
        pause_starts_at,
        pause_resumes_at,
        status_since_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        is_deleted
    from subscription_versions
    where is_newest
)

select * from final

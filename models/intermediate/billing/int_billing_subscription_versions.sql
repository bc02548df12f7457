{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('subscription_versions') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.subscription_version_id,
        all_vendors.version_number,
        all_vendors.subscription_id,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        all_vendors.latest_invoice_id,
        all_vendors.schedule_id,
        -- facts
        all_vendors.status,
        coalesce(all_vendors.status_native, all_vendors.status) as status_native,
        all_vendors.currency,
        all_vendors.collection_method,
        all_vendors.days_until_due,
        all_vendors.is_cancel_at_period_end,
        all_vendors.cancellation_reason,
        all_vendors.cancellation_feedback,
        all_vendors.cancellation_comment,
        all_vendors.pause_behavior,
        all_vendors.tax_percent,
        all_vendors.metadata,
        all_vendors.native_mrr,
        -- times
        all_vendors.created_at,
        all_vendors.started_at,
        all_vendors.current_period_start_at,
        all_vendors.current_period_end_at,
        all_vendors.billing_cycle_anchor_at,
        all_vendors.trial_start_at,
        all_vendors.trial_end_at,
        all_vendors.cancel_at,
        all_vendors.canceled_at,
        all_vendors.ended_at,
        all_vendors.pause_starts_at,
        all_vendors.pause_resumes_at,
        all_vendors.status_since_at,
        -- evidence
        all_vendors.evidence,
        all_vendors.valid_from,
        all_vendors.valid_to,
        all_vendors.is_newest,
        all_vendors.is_deleted
    from all_vendors
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final

with all_vendors as (
    {{ union_of_vendors('subscription_phases') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.schedule_id,
        all_vendors.phase_number,
        all_vendors.subscription_id,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        all_vendors.schedule_status,
        all_vendors.end_behavior,
        all_vendors.is_deleted,
        all_vendors.currency,
        all_vendors.collection_method,
        all_vendors.phase_start_at,
        all_vendors.phase_end_at,
        all_vendors.trial_end_at,
        all_vendors.is_last_phase,
        all_vendors.schedule_created_at,
        all_vendors.schedule_canceled_at,
        all_vendors.schedule_completed_at,
        all_vendors.schedule_released_at,
        all_vendors.observed_at
    from all_vendors
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final

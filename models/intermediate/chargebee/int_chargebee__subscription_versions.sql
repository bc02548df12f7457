with chargebee_subscriptions as (
    select * from {{ ref('stg_chargebee__subscription_history') }}
),

chargebee_customers as (
    select * from {{ ref('stg_chargebee__customers') }}
),

with_collection as (
    select
        subscriptions.*,
        case coalesce(subscriptions.auto_collection, chargebee_customers.auto_collection)
            when 'off' then 'send_invoice'
            else 'charge_automatically'
        end as collection_method
    from chargebee_subscriptions as subscriptions
    left join chargebee_customers
        on subscriptions.customer_id = chargebee_customers.customer_id
),

-- Chargebee has no status for what is past due; `non_renewing` earns until its end.
with_status as (
    select
        *,
        case
            when status = 'future' then 'not_started'
            when status = 'in_trial' then 'trialing'
            when
                status in ('active', 'non_renewing')
                and due_invoices_count > 0
                and collection_method = 'charge_automatically'
                then 'past_due'
            when status in ('active', 'non_renewing') then 'active'
            when status in ('cancelled', 'transferred') then 'canceled'
            else status
        end as common_status
    from with_collection
),

final as (
    select
        -- keys
        source_account,
        subscription_version_id,
        version_number,
        subscription_id,
        customer_id,
        -- facts
        common_status as status,
        status as status_native,
        currency,
        collection_method,
        status = 'non_renewing' as is_cancel_at_period_end,
        cancellation_reason,
        metadata,
        native_mrr,
        -- times
        created_at,
        started_at,
        current_period_start_at,
        current_period_end_at,
        trial_start_at,
        trial_end_at,
        case when status = 'non_renewing' then canceled_at end as cancel_at,
        case
            when status in ('non_renewing', 'cancelled', 'transferred')
                then coalesce(cancel_requested_at, canceled_at)
        end as canceled_at,
        case
            when status in ('cancelled', 'transferred') then coalesce(canceled_at, valid_from)
        end as ended_at,
        case when status = 'paused' then pause_resumes_at end as pause_resumes_at,
        case common_status
            when 'paused' then paused_at
            when 'canceled' then canceled_at
            when 'past_due' then due_since_at
        end as status_since_at,
        -- evidence
        case when observed_via = 'event' then 'event' else 'snapshot' end as evidence,
        valid_from,
        valid_to,
        is_newest,
        is_newest and valid_to is not null as is_deleted
    from with_status
)

select * from final

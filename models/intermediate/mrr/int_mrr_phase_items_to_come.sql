{{ config(materialized='table') }}

with int_billing_subscription_phases as (
    select * from {{ ref('int_billing_subscription_phases') }}
),

int_billing_subscription_phase_items as (
    select * from {{ ref('int_billing_subscription_phase_items') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

int_mrr_price_values as (
    select * from {{ ref('int_mrr_price_values') }}
),

int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

last_phases as (
    select
        subscription_id,
        schedule_id,
        phase_number,
        phase_start_at
    from int_billing_subscription_phases
    where
        is_last_phase
        and not is_deleted
        and schedule_status in ('active', 'not_started')
        and phase_start_at > {{ as_of_timestamp() }}
),

final as (
    select
        last_phases.subscription_id,
        last_phases.schedule_id,
        last_phases.phase_number,
        last_phases.phase_start_at,
        phase_items.item_number,
        prices.product_id,
        price_values.native_currency,
        price_values.billing_interval,
        price_values.billing_interval_count,
        -- use is no MRR, neither now nor then
        case
            when coalesce(prices.usage_type, 'licensed') = 'metered' then cast(0 as decimal(38, 9))
            else price_values.gross_mrr
        end as gross_mrr
    from last_phases
    inner join int_billing_subscription_phase_items as phase_items
        on
            last_phases.schedule_id = phase_items.schedule_id
            and last_phases.phase_number = phase_items.phase_number
    inner join int_billing_subscriptions as subscriptions
        on last_phases.subscription_id = subscriptions.subscription_id
    inner join int_mrr_price_values as price_values
        on
            phase_items.price_id = price_values.price_id
            and coalesce(cast(phase_items.quantity as bigint), 1) = price_values.quantity
            and coalesce(subscriptions.currency, '')
            = coalesce(price_values.subscription_currency, '')
    left join int_billing_prices as prices
        on phase_items.price_id = prices.price_id
)

select * from final

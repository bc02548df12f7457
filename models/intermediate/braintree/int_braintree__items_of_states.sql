{{ config(materialized='table') }}

with braintree_history as (
    select * from {{ ref('stg_braintree__status_history') }}
),

braintree_subscriptions as (
    select * from {{ ref('stg_braintree__subscriptions') }}
),

braintree_plans as (
    select * from {{ ref('stg_braintree__plans') }}
),

subscription_add_ons as (
    select * from {{ ref('stg_braintree__subscription_add_ons') }}
),

transaction_add_ons as (
    select * from {{ ref('stg_braintree__transaction_add_ons') }}
),

bills as (
    select * from {{ ref('int_braintree__bills') }}
    where not is_proration
),

states as (
    select
        history.source_account,
        history.subscription_id,
        history.subscription_id || '@' || cast(history.happened_at as {{ dbt.type_string() }})
        || '/' || cast(history.history_position as {{ dbt.type_string() }})
            as subscription_version_id,
        history.status,
        history.plan_price,
        coalesce(history.currency, plans.currency) as currency,
        plans.billing_interval_count,
        coalesce(history.list_price_id, subscriptions.list_price_id) as list_price_id,
        history.happened_at as valid_from,
        row_number() over (
            partition by history.subscription_id
            order by history.happened_at asc, history.history_position desc
        ) as version_number,
        lead(history.happened_at) over (
            partition by history.subscription_id
            order by history.happened_at asc, history.history_position desc
        ) as valid_to
    from braintree_history as history
    inner join braintree_subscriptions as subscriptions
        on history.subscription_id = subscriptions.subscription_id
    left join braintree_plans as plans
        on coalesce(history.list_price_id, subscriptions.list_price_id) = plans.list_price_id
),

-- The history has no add-ons: those of a state are on a bill of a whole period, and where there is
-- none yet, on the subscription itself.
next_bills as (
    select
        states.subscription_version_id,
        bills.transaction_id,
        -- a bill of the state itself, else the last one before it, else the first one after it
        row_number() over (
            partition by states.subscription_version_id
            order by
                case
                    when bills.created_at < {{ dbt.dateadd('hour', -1, 'states.valid_from') }}
                        then 2
                    when bills.created_at < {{ until('states.valid_to') }} then 1
                    else 3
                end asc,
                case when bills.created_at < states.valid_from then bills.created_at end desc
                nulls last,
                bills.created_at asc
        ) as bill_order
    from states
    inner join bills
        on states.subscription_id = bills.subscription_id
),

add_ons as (
    select
        states.subscription_version_id,
        1 + transaction_add_ons.add_on_position as item_position,
        states.subscription_id || '/' || transaction_add_ons.list_price_id as subscription_item_id,
        transaction_add_ons.list_price_id,
        transaction_add_ons.unit_price,
        transaction_add_ons.quantity
    from states
    inner join next_bills
        on
            states.subscription_version_id = next_bills.subscription_version_id
            and next_bills.bill_order = 1
    inner join transaction_add_ons
        on next_bills.transaction_id = transaction_add_ons.transaction_id
    union all
    select
        states.subscription_version_id,
        1 + subscription_add_ons.add_on_position as item_position,
        states.subscription_id || '/' || subscription_add_ons.list_price_id as subscription_item_id,
        subscription_add_ons.list_price_id,
        subscription_add_ons.unit_price,
        subscription_add_ons.quantity
    from states
    left join next_bills
        on states.subscription_version_id = next_bills.subscription_version_id
    inner join subscription_add_ons
        on states.subscription_id = subscription_add_ons.subscription_id
    where next_bills.subscription_version_id is null
),

all_items as (
    select
        subscription_version_id,
        0 as item_position,
        subscription_id || '/plan' as subscription_item_id,
        list_price_id,
        plan_price as unit_price,
        1 as quantity
    from states
    union all
    select * from add_ons
),

final as (
    select
        states.source_account,
        states.subscription_version_id,
        states.subscription_id,
        states.version_number,
        states.status,
        states.currency,
        states.billing_interval_count,
        all_items.item_position,
        all_items.subscription_item_id,
        all_items.list_price_id,
        all_items.unit_price,
        cast(all_items.quantity as bigint) as quantity,
        states.valid_from,
        states.valid_to
    from states
    inner join all_items
        on states.subscription_version_id = all_items.subscription_version_id
)

select * from final

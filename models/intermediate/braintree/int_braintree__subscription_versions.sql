with braintree_history as (
    select * from {{ ref('int_braintree__items_of_states') }}
    where item_position = 0
),

braintree_subscriptions as (
    select * from {{ ref('stg_braintree__subscriptions') }}
),

braintree_transactions as (
    select * from {{ ref('stg_braintree__transactions') }}
),

customers_of_subscriptions as (
    select
        subscription_id,
        min(customer_id) as customer_id
    from braintree_transactions
    where subscription_id is not null
    group by subscription_id
),

-- A trial may end without a row of the history: the first charge tells.
charged_after_trial as (
    select distinct history.subscription_version_id
    from braintree_history as history
    inner join braintree_subscriptions as subscriptions
        on history.subscription_id = subscriptions.subscription_id
    inner join braintree_transactions
        on
            history.subscription_id = braintree_transactions.subscription_id
            and subscriptions.first_billing_at <= braintree_transactions.period_start_at
    where
        history.valid_to is null
        and history.status = 'Active'
        and subscriptions.has_trial
        and history.valid_from < subscriptions.first_billing_at
        and subscriptions.first_billing_at <= {{ as_of_timestamp() }}
),

-- A trial is called Active; Canceled is at once, whatever was paid for.
final as (
    select
        history.source_account,
        history.subscription_version_id,
        history.version_number,
        history.subscription_id,
        customers_of_subscriptions.customer_id,
        case
            when history.status = 'Pending' then 'not_started'
            when history.status in ('Canceled', 'Expired') then 'canceled'
            when history.status = 'Past Due' then 'past_due'
            when
                history.status = 'Active'
                and subscriptions.has_trial
                and history.valid_from < subscriptions.first_billing_at
                and charged_after_trial.subscription_version_id is null
                then 'trialing'
            when history.status = 'Active' then 'active'
            else lower(history.status)
        end as status,
        history.status as status_native,
        history.currency,
        'charge_automatically' as collection_method,
        false as is_cancel_at_period_end,
        subscriptions.created_at,
        -- the first period begins at the midnight of the day on which it was made
        least(
            subscriptions.created_at,
            coalesce(subscriptions.first_billing_at, subscriptions.created_at)
        ) as started_at,
        subscriptions.period_start_at as current_period_start_at,
        subscriptions.period_end_at as current_period_end_at,
        case when subscriptions.has_trial then subscriptions.created_at end as trial_start_at,
        case when subscriptions.has_trial then subscriptions.first_billing_at end as trial_end_at,
        case when history.status in ('Canceled', 'Expired') then history.valid_from end
            as canceled_at,
        case when history.status in ('Canceled', 'Expired') then history.valid_from end
            as ended_at,
        'status_history' as evidence,
        case
            when charged_after_trial.subscription_version_id is null then history.valid_from
            else subscriptions.first_billing_at
        end as valid_from,
        history.valid_to,
        history.valid_to is null as is_newest,
        false as is_deleted
    from braintree_history as history
    inner join braintree_subscriptions as subscriptions
        on history.subscription_id = subscriptions.subscription_id
    left join customers_of_subscriptions
        on history.subscription_id = customers_of_subscriptions.subscription_id
    left join charged_after_trial
        on history.subscription_version_id = charged_after_trial.subscription_version_id
)

select * from final

{{ config(materialized='table') }}

with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_mrr_proofs_of_payment as (
    select distinct subscription_id
    from {{ ref('int_mrr_proofs_of_payment') }}
    where
        proven_from <= {{ as_of_timestamp() }}
        and {{ as_of_timestamp() }} < {{ until('proven_to') }}
),

int_billing_subscription_items as (
    select * from {{ ref('int_billing_subscription_items') }}
),

int_mrr_price_values as (
    select * from {{ ref('int_mrr_price_values') }}
),

-- Today's objects alone, without any history.
final as (
    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.currency,
        cast(
            sum(
                case
                    when
                        subscriptions.status in ('active', 'past_due')
                        and (
                            mrr_subscriptions.ends_at is null
                            or mrr_subscriptions.ends_at > {{ as_of_timestamp() }}
                        )
                        and not subscriptions.is_deleted
                        and proofs.subscription_id is not null
                        and (
                            subscriptions.pause_behavior is null
                            or subscriptions.pause_behavior = 'keep_as_draft'
                            or '{{ mrr_switch('pause_mode') }}' = 'keep'
                            or subscriptions.pause_resumes_at < {{ as_of_timestamp() }}
                        )
                        and (
                            subscriptions.pause_starts_at is null
                            or subscriptions.pause_starts_at >= {{ as_of_timestamp() }}
                            or subscriptions.pause_resumes_at < {{ as_of_timestamp() }}
                        )
                        then coalesce(price_values.gross_mrr, 0)
                    else 0
                end
            ) as decimal(38, 9)
        ) as gross_mrr
    from int_billing_subscriptions as subscriptions
    inner join int_mrr_subscriptions as mrr_subscriptions
        on subscriptions.subscription_id = mrr_subscriptions.subscription_id
    inner join int_billing_subscription_items as subscription_items
        on subscriptions.subscription_id = subscription_items.subscription_id
    left join int_mrr_proofs_of_payment as proofs
        on subscriptions.subscription_id = proofs.subscription_id
    left join int_mrr_price_values as price_values
        on
            subscription_items.price_id = price_values.price_id
            and coalesce(cast(subscription_items.quantity as bigint), 1) = price_values.quantity
            and coalesce(subscriptions.currency, '')
            = coalesce(price_values.subscription_currency, '')
    where
        subscription_items.usage_type <> 'metered'
        -- An object does not say since when it is past due.
        and not (
            subscriptions.status = 'past_due' and '{{ mrr_switch('past_due_grace_days') }}' <> ''
        )
    group by
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.currency
)

select * from final

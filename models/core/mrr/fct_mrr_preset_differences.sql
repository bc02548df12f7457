with int_mrr_slices_valued as (
    select * from {{ ref('int_mrr_slices_valued') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

slices_compared as (
    select
        slices_valued.*,
        subscriptions.cancel_requested_at,
        case when slices_valued.earning_state = 'earning' then slices_valued.mrr else 0 end
            as house_mrr,
        case
            when slices_valued.state_if_proven = 'earning' then slices_valued.stripe_compat_mrr
            else 0
        end as stripe_mrr
    from int_mrr_slices_valued as slices_valued
    inner join int_mrr_subscriptions as subscriptions
        on slices_valued.subscription_id = subscriptions.subscription_id
),

differences as (
    select
        subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        native_currency,
        case when earning_state = state_if_proven then 'discount' else 'first_payment' end
            as reason,
        stripe_mrr - house_mrr as native_difference,
        valid_from,
        case
            when cancel_requested_at is null then valid_to
            else least(coalesce(valid_to, cancel_requested_at), cancel_requested_at)
        end as valid_to
    from slices_compared
    where cancel_requested_at is null or cancel_requested_at > valid_from
    union all
    -- Asked to go, and still there until the paid period is over.
    select
        subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        native_currency,
        'cancel_requested' as reason,
        -house_mrr as native_difference,
        greatest(valid_from, cancel_requested_at) as valid_from,
        valid_to
    from slices_compared
    where cancel_requested_at < coalesce(valid_to, {{ as_of_timestamp() }})
),

final as (
    select
        subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        reason,
        native_currency,
        cast(native_difference as decimal(38, 9)) as native_difference,
        valid_from,
        valid_to
    from differences
    where native_difference <> 0
)

select * from final

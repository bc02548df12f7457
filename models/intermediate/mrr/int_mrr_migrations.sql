with int_mrr_slices_valued as (
    select * from {{ ref('int_mrr_slices_valued') }}
    where (earning_state = 'earning' and mrr > 0) or earning_state = 'trial'
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

-- Often a trial bridges what was paid for at the provider before.
starts as (
    select
        slices_valued.subscription_id,
        min(slices_valued.customer_id) as customer_id,
        min(subscriptions.billing_customer_id) as billing_customer_id,
        min(slices_valued.valid_from) as starts_at,
        min(case when slices_valued.earning_state = 'earning' then slices_valued.valid_from end)
            as earns_from,
        max(
            case
                when slices_valued.earning_state = 'trial' and slices_valued.valid_to is null then 1
                else 0
            end
        ) = 1 as is_on_trial
    from int_mrr_slices_valued as slices_valued
    inner join int_mrr_subscriptions as subscriptions
        on slices_valued.subscription_id = subscriptions.subscription_id
    group by slices_valued.subscription_id
),

ended as (
    select
        slices_valued.subscription_id,
        slices_valued.subscription_item_id,
        slices_valued.customer_id,
        subscriptions.billing_customer_id,
        slices_valued.product_id,
        slices_valued.native_currency,
        slices_valued.mrr,
        subscriptions.ends_at
    from int_mrr_slices_valued as slices_valued
    inner join int_mrr_subscriptions as subscriptions
        on
            slices_valued.subscription_id = subscriptions.subscription_id
            and slices_valued.valid_to = subscriptions.ends_at
    where slices_valued.earning_state = 'earning'
),

-- A company that ends here and begins there within a week has moved, not left.
final as (
    select
        ended.subscription_id,
        ended.subscription_item_id,
        ended.customer_id,
        ended.product_id,
        ended.native_currency,
        ended.mrr as moved_mrr,
        ended.ends_at as moved_from,
        min(starts.earns_from) as moved_to
    from ended
    inner join starts
        on
            ended.customer_id = starts.customer_id
            and ended.billing_customer_id <> starts.billing_customer_id
            and starts.starts_at <= {{ dbt.dateadd('day', 7, 'ended.ends_at') }}
            and (
                ended.ends_at < starts.earns_from
                or (starts.earns_from is null and starts.is_on_trial)
            )
    group by
        ended.subscription_id,
        ended.subscription_item_id,
        ended.customer_id,
        ended.product_id,
        ended.native_currency,
        ended.mrr,
        ended.ends_at
)

select * from final

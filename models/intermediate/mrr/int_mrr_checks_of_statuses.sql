with int_mrr_earning_stretches as (
    select * from {{ ref('int_mrr_earning_stretches') }}
    where state_if_proven = 'unknown'
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

-- A status that nobody knows does not earn. A vendor may have a new word for one that does.
final as (
    select
        'unknown_status' as check_name,
        stretches.subscription_id || ':' || coalesce(stretches.status, 'none') as subject_id,
        subscriptions.customer_id,
        min(stretches.valid_from) as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(0 as decimal(38, 9)) as actual,
        'nobody knows the status: the subscription does not earn while it has it' as reason
    from int_mrr_earning_stretches as stretches
    inner join int_mrr_subscriptions as subscriptions
        on stretches.subscription_id = subscriptions.subscription_id
    group by
        stretches.subscription_id,
        stretches.status,
        subscriptions.customer_id
)

select * from final

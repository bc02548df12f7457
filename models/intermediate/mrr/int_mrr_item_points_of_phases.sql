with int_billing_subscription_phases as (
    select * from {{ ref('int_billing_subscription_phases') }}
),

int_billing_subscription_phase_items as (
    select * from {{ ref('int_billing_subscription_phase_items') }}
),

int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
    where usage_type <> 'metered'
),

int_mrr_items_known as (
    select * from {{ ref('int_mrr_items_known') }}
),

phases_begun as (
    select *
    from int_billing_subscription_phases
    where
        phase_start_at < least(
            coalesce(schedule_canceled_at, {{ as_of_timestamp() }}),
            coalesce(schedule_released_at, {{ as_of_timestamp() }}),
            {{ as_of_timestamp() }}
        )
),

-- A phase names prices, not items: the only item there is, else one that had the price.
only_items as (
    select
        subscription_id,
        min(subscription_item_id) as subscription_item_id
    from int_mrr_items_known
    group by subscription_id
    having count(*) = 1
),

items_by_price as (
    select
        subscription_id,
        price_id,
        min(subscription_item_id) as subscription_item_id
    from int_billing_subscription_item_versions
    group by
        subscription_id,
        price_id
),

phases_of_items as (
    select
        phases_begun.subscription_id,
        phases_begun.schedule_id,
        phases_begun.phase_start_at,
        phases_begun.phase_end_at,
        phase_items.item_number,
        phase_items.price_id,
        phase_items.quantity,
        coalesce(only_items.subscription_item_id, items_by_price.subscription_item_id)
            as subscription_item_id
    from phases_begun
    inner join int_billing_subscription_phase_items as phase_items
        on
            phases_begun.schedule_id = phase_items.schedule_id
            and phases_begun.phase_number = phase_items.phase_number
    left join only_items
        on phases_begun.subscription_id = only_items.subscription_id
    left join items_by_price
        on
            phases_begun.subscription_id = items_by_price.subscription_id
            and phase_items.price_id = items_by_price.price_id
),

phases_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id, phase_start_at
            order by schedule_id, item_number
        ) as preference
    from phases_of_items
    where subscription_item_id is not null
),

final as (
    select
        subscription_id,
        subscription_item_id,
        phase_start_at as point_at,
        'schedule' as evidence,
        true as is_present,
        price_id,
        coalesce(cast(quantity as bigint), 1) as quantity,
        phase_end_at as covers_to
    from phases_ranked
    where preference = 1
)

select * from final

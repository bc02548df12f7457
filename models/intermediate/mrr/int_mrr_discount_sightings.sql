{{ config(materialized='table') }}

with int_mrr_discounts_on_versions as (
    select * from {{ ref('int_mrr_discounts_on_versions') }}
),

int_mrr_discounted_periods as (
    select * from {{ ref('int_mrr_discounted_periods') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

int_mrr_discount_ends as (
    select * from {{ ref('int_mrr_discount_ends') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

-- What a backdated subscription was made with, its first invoice took off from the beginning.
discounts_of_creation as (
    select
        int_billing_discounts.discount_id,
        subscriptions.subscription_id,
        subscriptions.starts_at
    from int_billing_discounts
    inner join int_mrr_subscriptions as subscriptions
        on
            int_billing_discounts.subscription_id = subscriptions.subscription_id
            and int_billing_discounts.started_at >= subscriptions.created_at
            and int_billing_discounts.started_at
            <= {{ dbt.dateadd('minute', 5, 'subscriptions.created_at') }}
            and subscriptions.starts_at < subscriptions.created_at
),

discounts_on_lines as (
    select
        discount_id,
        subscription_id,
        min(period_start_at) as seen_from,
        max(period_end_at) as seen_to
    from int_mrr_discounted_periods
    group by
        discount_id,
        subscription_id
),

seen_on_versions as (
    select
        on_versions.discount_level,
        on_versions.discount_id,
        on_versions.subscription_id,
        on_versions.subscription_item_id,
        coalesce(
            discounts_of_creation.starts_at,
            int_billing_discounts.started_at,
            discounts_on_lines.seen_from,
            on_versions.seen_from
        ) as valid_from,
        -- between two looks far apart, bills tell when it went
        case
            when
                int_billing_discounts.duration = 'forever'
                and discount_ends.gone_by > on_versions.last_seen_at
                and discount_ends.gone_by < on_versions.seen_to
                then discount_ends.gone_by
            else on_versions.seen_to
        end as valid_to
    from int_mrr_discounts_on_versions as on_versions
    inner join int_billing_discounts
        on on_versions.discount_id = int_billing_discounts.discount_id
    left join int_mrr_discount_ends as discount_ends
        on
            on_versions.discount_id = discount_ends.discount_id
            and on_versions.subscription_id = discount_ends.subscription_id
    left join discounts_on_lines
        on
            on_versions.discount_id = discounts_on_lines.discount_id
            and on_versions.subscription_id = discounts_on_lines.subscription_id
    left join discounts_of_creation
        on
            on_versions.discount_id = discounts_of_creation.discount_id
            and on_versions.subscription_id = discounts_of_creation.subscription_id
),

-- What was gone before the first state that is known, invoices alone tell of. One that was to stay
-- lasts until something says that it is gone, one that was to end as long as it was billed for.
seen_on_lines_only as (
    select
        case
            when int_billing_discounts.subscription_item_id is not null then 'subscription_item'
            else 'subscription'
        end as discount_level,
        discounts_on_lines.discount_id,
        discounts_on_lines.subscription_id,
        int_billing_discounts.subscription_item_id,
        coalesce(
            discounts_of_creation.starts_at,
            int_billing_discounts.started_at,
            discounts_on_lines.seen_from
        ) as valid_from,
        case
            when
                coalesce(int_billing_discounts.duration, '') <> 'forever'
                or int_mrr_subscriptions.known_from <= discounts_on_lines.seen_from
                then discounts_on_lines.seen_to
            else least(
                discounts_on_lines.seen_to,
                int_mrr_subscriptions.known_from,
                coalesce(discount_ends.gone_by, discounts_on_lines.seen_to)
            )
        end as valid_to
    from discounts_on_lines
    inner join int_billing_discounts
        on discounts_on_lines.discount_id = int_billing_discounts.discount_id
    inner join int_mrr_subscriptions
        on discounts_on_lines.subscription_id = int_mrr_subscriptions.subscription_id
    left join int_mrr_discount_ends as discount_ends
        on
            discounts_on_lines.discount_id = discount_ends.discount_id
            and discounts_on_lines.subscription_id = discount_ends.subscription_id
    left join discounts_of_creation
        on
            discounts_on_lines.discount_id = discounts_of_creation.discount_id
            and discounts_on_lines.subscription_id = discounts_of_creation.subscription_id
    left join int_mrr_discounts_on_versions as on_versions
        on
            discounts_on_lines.discount_id = on_versions.discount_id
            and discounts_on_lines.subscription_id = on_versions.subscription_id
    where on_versions.discount_id is null
),

final as (
    select * from seen_on_versions
    union all
    select * from seen_on_lines_only
)

select * from final

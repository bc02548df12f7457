with int_mrr_discounted_periods as (
    select * from {{ ref('int_mrr_discounted_periods') }}
),

int_mrr_discounts_on_versions as (
    select * from {{ ref('int_mrr_discounts_on_versions') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
    where started_at is not null
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
    where not is_proration and amount > 0
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_event_coverage as (
    select * from {{ ref('int_billing_event_coverage') }}
),

last_bills as (
    select
        discount_id,
        subscription_id,
        max(period_start_at) as last_period_at
    from int_mrr_discounted_periods
    group by
        discount_id,
        subscription_id
),

items_discounted as (
    select distinct
        discount_id,
        subscription_id,
        subscription_item_id
    from int_mrr_discounted_periods
),

bills_without_it as (
    select
        last_bills.discount_id,
        last_bills.subscription_id,
        proven_lines.period_start_at as gone_by
    from last_bills
    inner join items_discounted
        on
            last_bills.discount_id = items_discounted.discount_id
            and last_bills.subscription_id = items_discounted.subscription_id
    inner join int_mrr_proven_lines as proven_lines
        on
            items_discounted.subscription_id = proven_lines.subscription_id
            and items_discounted.subscription_item_id = proven_lines.subscription_item_id
            and proven_lines.period_start_at > last_bills.last_period_at
),

discounts_of_subscriptions as (
    select
        discount_id,
        subscription_id
    from int_mrr_discounts_on_versions
    union
    select
        discount_id,
        subscription_id
    from last_bills
),

-- Another one that was given after the last bill with this one is there in its place.
given_in_its_place as (
    select
        last_bills.discount_id,
        last_bills.subscription_id,
        others.started_at as gone_by
    from last_bills
    inner join int_billing_discounts as discounts
        on last_bills.discount_id = discounts.discount_id
    inner join discounts_of_subscriptions
        on
            last_bills.subscription_id = discounts_of_subscriptions.subscription_id
            and last_bills.discount_id <> discounts_of_subscriptions.discount_id
    inner join int_billing_discounts as others
        on
            discounts_of_subscriptions.discount_id = others.discount_id
            and others.started_at > last_bills.last_period_at
            and coalesce(
                others.subscription_item_id, discounts.subscription_item_id, ''
            ) = coalesce(discounts.subscription_item_id, others.subscription_item_id, '')
),

all_signs as (
    select * from bills_without_it
    union all
    select * from given_in_its_place
),

-- Where events tell everything, bills have nothing to add.
final as (
    select
        all_signs.discount_id,
        all_signs.subscription_id,
        min(all_signs.gone_by) as gone_by
    from all_signs
    inner join int_mrr_subscriptions
        on all_signs.subscription_id = int_mrr_subscriptions.subscription_id
    left join int_billing_event_coverage
        on
            int_mrr_subscriptions.source_account = int_billing_event_coverage.source_account
            and all_signs.gone_by >= int_billing_event_coverage.covered_from
            and all_signs.gone_by <= int_billing_event_coverage.covered_to
    where
        int_billing_event_coverage.source_account is null
        or all_signs.gone_by < int_mrr_subscriptions.known_from
    group by
        all_signs.discount_id,
        all_signs.subscription_id
)

select * from final

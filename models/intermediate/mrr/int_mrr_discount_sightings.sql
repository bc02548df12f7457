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
            int_billing_discounts.started_at, discounts_on_lines.seen_from, on_versions.seen_from
        ) as valid_from,
        on_versions.seen_to as valid_to
    from int_mrr_discounts_on_versions as on_versions
    inner join int_billing_discounts
        on on_versions.discount_id = int_billing_discounts.discount_id
    left join discounts_on_lines
        on
            on_versions.discount_id = discounts_on_lines.discount_id
            and on_versions.subscription_id = discounts_on_lines.subscription_id
),

-- What was gone before the first state that is known, invoices alone tell of.
seen_on_lines_only as (
    select
        case
            when int_billing_discounts.subscription_item_id is not null then 'subscription_item'
            else 'subscription'
        end as discount_level,
        discounts_on_lines.discount_id,
        discounts_on_lines.subscription_id,
        int_billing_discounts.subscription_item_id,
        coalesce(int_billing_discounts.started_at, discounts_on_lines.seen_from) as valid_from,
        discounts_on_lines.seen_to as valid_to
    from discounts_on_lines
    inner join int_billing_discounts
        on discounts_on_lines.discount_id = int_billing_discounts.discount_id
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

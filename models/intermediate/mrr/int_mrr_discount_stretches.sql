{{ config(materialized='table') }}

with discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

discount_versions as (
    select * from {{ ref('int_billing_discount_versions') }}
),

line_discounts as (
    select * from {{ ref('int_billing_invoice_line_discounts') }}
),

invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

seen_on_versions as (
    select
        discount_level,
        discount_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        min(valid_from) as seen_from,
        max(case when valid_to is null then 1 else 0 end) as is_still_there,
        max(valid_to) as seen_to
    from discount_versions
    where valid_from <= {{ as_of_timestamp() }}
    group by
        discount_level,
        discount_id,
        customer_id,
        subscription_id,
        subscription_item_id
),

-- a customer's discount is on all of the customer's subscriptions
on_versions as (
    select
        seen_on_versions.discount_level,
        seen_on_versions.discount_id,
        subscriptions.subscription_id,
        seen_on_versions.subscription_item_id,
        seen_on_versions.seen_from,
        case when seen_on_versions.is_still_there = 0 then seen_on_versions.seen_to end as seen_to
    from seen_on_versions
    inner join subscriptions
        on
            (
                seen_on_versions.discount_level = 'customer'
                and seen_on_versions.customer_id = subscriptions.customer_id
            )
            or (
                seen_on_versions.discount_level <> 'customer'
                and seen_on_versions.subscription_id = subscriptions.subscription_id
            )
),

discounted_periods as (
    select
        line_discounts.discount_id,
        invoice_lines.subscription_id,
        invoice_lines.period_start_at,
        max(invoice_lines.period_end_at) as period_end_at
    from line_discounts
    inner join invoice_lines
        on line_discounts.invoice_line_id = invoice_lines.invoice_line_id
    inner join proven_lines
        on
            invoice_lines.invoice_id = proven_lines.invoice_id
            and invoice_lines.subscription_id = proven_lines.subscription_id
            and invoice_lines.period_start_at = proven_lines.period_start_at
            and invoice_lines.price_id = proven_lines.price_id
    where
        not proven_lines.is_proration
        and proven_lines.amount > 0
    group by
        line_discounts.discount_id,
        invoice_lines.subscription_id,
        invoice_lines.period_start_at
),

on_lines as (
    select
        discount_id,
        subscription_id,
        min(period_start_at) as seen_from,
        max(period_end_at) as seen_to
    from discounted_periods
    group by
        discount_id,
        subscription_id
),

-- discounts that were gone before the first state we know are known from invoices only
sightings as (
    select
        on_versions.discount_level,
        on_versions.discount_id,
        on_versions.subscription_id,
        on_versions.subscription_item_id,
        coalesce(discounts.started_at, on_lines.seen_from, on_versions.seen_from) as valid_from,
        on_versions.seen_to as valid_to
    from on_versions
    inner join discounts
        on on_versions.discount_id = discounts.discount_id
    left join on_lines
        on
            on_versions.discount_id = on_lines.discount_id
            and on_versions.subscription_id = on_lines.subscription_id
    union all
    select
        case
            when discounts.subscription_item_id is not null then 'subscription_item'
            else 'subscription'
        end as discount_level,
        on_lines.discount_id,
        on_lines.subscription_id,
        discounts.subscription_item_id,
        coalesce(discounts.started_at, on_lines.seen_from) as valid_from,
        on_lines.seen_to as valid_to
    from on_lines
    inner join discounts
        on on_lines.discount_id = discounts.discount_id
    left join on_versions
        on
            on_lines.discount_id = on_versions.discount_id
            and on_lines.subscription_id = on_versions.subscription_id
    where on_versions.discount_id is null
),

lasting as (
    select
        sightings.*,
        discounts.duration,
        false as needs_long_period,
        case
            when discounts.ends_at is null then sightings.valid_to
            when sightings.valid_to is null then discounts.ends_at
            else least(sightings.valid_to, discounts.ends_at)
        end as counts_to
    from sightings
    inner join discounts
        on sightings.discount_id = discounts.discount_id
    where coalesce(discounts.duration, 'forever') <> 'once'
),

periods_ranked as (
    select
        *,
        row_number() over (
            partition by discount_id, subscription_id order by period_start_at
        ) as period_number
    from discounted_periods
),

next_renewals as (
    select
        periods_ranked.discount_id,
        periods_ranked.subscription_id,
        min(proven_lines.period_start_at) as renewed_at
    from periods_ranked
    inner join proven_lines
        on
            periods_ranked.subscription_id = proven_lines.subscription_id
            and periods_ranked.period_start_at < proven_lines.period_start_at
    where
        periods_ranked.period_number = 1
        and not proven_lines.is_proration
    group by
        periods_ranked.discount_id,
        periods_ranked.subscription_id
),

-- for one invoice: the period of the first invoice with a charge that it was on
for_one_invoice as (
    select
        sightings.discount_level,
        sightings.discount_id,
        sightings.subscription_id,
        sightings.subscription_item_id,
        periods_ranked.period_start_at as valid_from,
        sightings.valid_to,
        discounts.duration,
        true as needs_long_period,
        least(
            periods_ranked.period_end_at,
            coalesce(next_renewals.renewed_at, periods_ranked.period_end_at)
        ) as counts_to
    from sightings
    inner join discounts
        on sightings.discount_id = discounts.discount_id
    inner join periods_ranked
        on
            sightings.discount_id = periods_ranked.discount_id
            and sightings.subscription_id = periods_ranked.subscription_id
    left join next_renewals
        on
            sightings.discount_id = next_renewals.discount_id
            and sightings.subscription_id = next_renewals.subscription_id
    where
        discounts.duration = 'once'
        and periods_ranked.period_number = 1
),

both_kinds as (
    select * from lasting
    union all
    select * from for_one_invoice
),

final as (
    select
        both_kinds.discount_level,
        both_kinds.discount_id,
        both_kinds.subscription_id,
        both_kinds.subscription_item_id,
        both_kinds.duration,
        both_kinds.needs_long_period,
        discounts.coupon_id,
        discounts.is_limited_to_products,
        discounts.percent_off,
        discounts.amount_off,
        discounts.currency,
        both_kinds.valid_from,
        both_kinds.counts_to as valid_to
    from both_kinds
    inner join discounts
        on both_kinds.discount_id = discounts.discount_id
    where
        both_kinds.valid_from <= {{ as_of_timestamp() }}
        and (both_kinds.counts_to is null or both_kinds.counts_to > both_kinds.valid_from)
)

select * from final

{{ config(materialized='table') }}

with subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
    where usage_type <> 'metered'
),

phases as (
    select * from {{ ref('int_billing_subscription_phases') }}
),

phase_items as (
    select * from {{ ref('int_billing_subscription_phase_items') }}
),

proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

event_coverage as (
    select * from {{ ref('int_billing_event_coverage') }}
),

items_known as (
    select
        subscription_id,
        subscription_item_id
    from item_versions
    union
    select
        subscription_id,
        subscription_item_id
    from proven_lines
),

-- of two states of one second the later one is what was left
versions_dated as (
    select
        subscription_versions.subscription_id,
        subscription_versions.subscription_version_id,
        subscription_versions.evidence,
        case
            when subscription_versions.subscription_version_id = subscriptions.first_version_id
                then subscriptions.known_from
            else subscription_versions.valid_from
        end as seen_at,
        row_number() over (
            partition by subscription_versions.subscription_id, subscription_versions.valid_from
            order by subscription_versions.version_number desc
        ) as recency
    from subscription_versions
    inner join subscriptions
        on subscription_versions.subscription_id = subscriptions.subscription_id
    where subscription_versions.valid_from <= {{ as_of_timestamp() }}
),

-- an item that a version lacks is gone by then
version_points as (
    select
        items_known.subscription_id,
        items_known.subscription_item_id,
        versions_dated.seen_at as point_at,
        versions_dated.evidence,
        item_versions.subscription_item_id is not null as is_present,
        item_versions.price_id,
        case
            when item_versions.subscription_item_id is not null
                then coalesce(cast(item_versions.quantity as bigint), 1)
        end as quantity,
        cast(null as {{ timestamp_type() }}) as covers_to
    from versions_dated
    inner join items_known
        on versions_dated.subscription_id = items_known.subscription_id
    left join item_versions
        on
            versions_dated.subscription_version_id = item_versions.subscription_version_id
            and items_known.subscription_item_id = item_versions.subscription_item_id
    where versions_dated.recency = 1
),

item_starts as (
    select
        item_versions.subscription_id,
        item_versions.subscription_item_id,
        min(
            case
                when
                    item_versions.created_at
                    <= {{ dbt.dateadd('minute', 5, 'subscriptions.created_at') }}
                    then subscriptions.starts_at
                else item_versions.created_at
            end
        ) as item_starts_at
    from item_versions
    inner join subscriptions
        on item_versions.subscription_id = subscriptions.subscription_id
    group by
        item_versions.subscription_id,
        item_versions.subscription_item_id
),

line_points as (
    select
        proven_lines.subscription_id,
        proven_lines.subscription_item_id,
        proven_lines.period_start_at as point_at,
        'invoice_line' as evidence,
        not proven_lines.is_credit as is_present,
        case when not proven_lines.is_credit then proven_lines.price_id end as price_id,
        case when not proven_lines.is_credit then proven_lines.quantity end as quantity,
        case when not proven_lines.is_credit then proven_lines.period_end_at end as covers_to,
        row_number() over (
            partition by
                proven_lines.subscription_id,
                proven_lines.subscription_item_id,
                proven_lines.period_start_at
            order by
                case when proven_lines.is_credit then 1 else 0 end,
                case when proven_lines.is_proration then 1 else 0 end,
                proven_lines.invoice_created_at desc,
                proven_lines.amount desc
        ) as preference
    from proven_lines
    where not (proven_lines.is_proration and proven_lines.amount = 0)
),

renewals as (
    select distinct
        subscription_id,
        period_start_at
    from proven_lines
    where not is_proration
),

-- the subscription was renewed without the item
renewals_without_item as (
    select
        line_points.subscription_id,
        line_points.subscription_item_id,
        line_points.covers_to as point_at,
        'invoice_line' as evidence,
        false as is_present,
        cast(null as {{ dbt.type_string() }}) as price_id,
        cast(null as bigint) as quantity,
        cast(null as {{ timestamp_type() }}) as covers_to
    from line_points
    inner join renewals
        on
            line_points.subscription_id = renewals.subscription_id
            and line_points.covers_to = renewals.period_start_at
    left join line_points as points_then
        on
            line_points.subscription_id = points_then.subscription_id
            and line_points.subscription_item_id = points_then.subscription_item_id
            and line_points.covers_to = points_then.point_at
    where
        line_points.preference = 1
        and line_points.is_present
        and points_then.point_at is null
),

phases_begun as (
    select *
    from phases
    where
        phase_start_at < least(
            coalesce(schedule_canceled_at, {{ as_of_timestamp() }}),
            coalesce(schedule_released_at, {{ as_of_timestamp() }}),
            {{ as_of_timestamp() }}
        )
),

items_by_price as (
    select
        subscription_id,
        price_id,
        min(subscription_item_id) as subscription_item_id
    from item_versions
    group by
        subscription_id,
        price_id
),

only_items as (
    select
        subscription_id,
        min(subscription_item_id) as subscription_item_id
    from items_known
    group by subscription_id
    having count(*) = 1
),

phase_points as (
    select
        phases_begun.subscription_id,
        coalesce(only_items.subscription_item_id, items_by_price.subscription_item_id)
            as subscription_item_id,
        phases_begun.phase_start_at as point_at,
        'schedule' as evidence,
        true as is_present,
        phase_items.price_id,
        coalesce(cast(phase_items.quantity as bigint), 1) as quantity,
        phases_begun.phase_end_at as covers_to,
        row_number() over (
            partition by
                phases_begun.subscription_id,
                coalesce(only_items.subscription_item_id, items_by_price.subscription_item_id),
                phases_begun.phase_start_at
            order by phases_begun.schedule_id, phase_items.item_number
        ) as preference
    from phases_begun
    inner join phase_items
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

weaker_points as (
    select
        subscription_id,
        subscription_item_id,
        point_at,
        evidence,
        is_present,
        price_id,
        quantity,
        covers_to
    from line_points
    where preference = 1
    union all
    select * from renewals_without_item
    union all
    select
        subscription_id,
        subscription_item_id,
        point_at,
        evidence,
        is_present,
        price_id,
        quantity,
        covers_to
    from phase_points
    where preference = 1 and subscription_item_id is not null
),

-- where events tell everything, invoices and schedules have nothing to add
weaker_points_needed as (
    select weaker_points.*
    from weaker_points
    inner join subscriptions
        on weaker_points.subscription_id = subscriptions.subscription_id
    left join event_coverage
        on
            subscriptions.billing_provider = event_coverage.billing_provider
            and weaker_points.point_at >= event_coverage.covered_from
            and weaker_points.point_at <= event_coverage.covered_to
    where
        event_coverage.billing_provider is null
        or weaker_points.point_at < subscriptions.known_from
),

all_points as (
    select * from version_points
    union all
    select * from weaker_points_needed
),

first_sightings as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id
            order by
                point_at,
                {{ evidence_rank('evidence') }}
        ) as sighting_number
    from all_points
    where is_present
),

-- the earliest known state is carried back to the start
start_points as (
    select
        first_sightings.subscription_id,
        first_sightings.subscription_item_id,
        item_starts.item_starts_at as point_at,
        first_sightings.evidence,
        true as is_present,
        first_sightings.price_id,
        first_sightings.quantity,
        first_sightings.point_at as covers_to
    from first_sightings
    inner join item_starts
        on
            first_sightings.subscription_id = item_starts.subscription_id
            and first_sightings.subscription_item_id = item_starts.subscription_item_id
    where
        first_sightings.sighting_number = 1
        and item_starts.item_starts_at < first_sightings.point_at
),

points_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id, point_at
            order by {{ evidence_rank('evidence') }}
        ) as preference
    from (
        select * from all_points
        union all
        select * from start_points
    ) as points_with_starts
),

final as (
    select
        subscription_id,
        subscription_item_id,
        point_at,
        evidence,
        is_present,
        price_id,
        quantity,
        covers_to
    from points_ranked
    where preference = 1
)

select * from final

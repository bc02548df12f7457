with int_mrr_item_points_of_versions as (
    select * from {{ ref('int_mrr_item_points_of_versions') }}
),

int_mrr_item_points_of_lines as (
    select * from {{ ref('int_mrr_item_points_of_lines') }}
),

int_mrr_item_points_of_renewals as (
    select * from {{ ref('int_mrr_item_points_of_renewals') }}
),

int_mrr_item_points_of_phases as (
    select * from {{ ref('int_mrr_item_points_of_phases') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_event_coverage as (
    select * from {{ ref('int_billing_event_coverage') }}
),

weaker_points as (
    select * from int_mrr_item_points_of_lines
    union all
    select * from int_mrr_item_points_of_renewals
    union all
    select * from int_mrr_item_points_of_phases
),

-- Where events tell everything, invoices and schedules have nothing to add.
weaker_points_needed as (
    select weaker_points.*
    from weaker_points
    inner join int_mrr_subscriptions
        on weaker_points.subscription_id = int_mrr_subscriptions.subscription_id
    left join int_billing_event_coverage
        on
            int_mrr_subscriptions.source_account = int_billing_event_coverage.source_account
            and weaker_points.point_at >= int_billing_event_coverage.covered_from
            and weaker_points.point_at <= int_billing_event_coverage.covered_to
    where
        int_billing_event_coverage.source_account is null
        or weaker_points.point_at < int_mrr_subscriptions.known_from
),

final as (
    select * from int_mrr_item_points_of_versions
    union all
    select * from weaker_points_needed
)

select * from final

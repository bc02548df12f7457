{{ config(materialized='table') }}

with int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

-- Of two states of one second the later one is what was left.
versions_ranked as (
    select
        int_billing_subscription_versions.*,
        row_number() over (
            partition by
                int_billing_subscription_versions.subscription_id,
                int_billing_subscription_versions.valid_from
            order by int_billing_subscription_versions.version_number desc
        ) as recency,
        lag(int_billing_subscription_versions.valid_from) over (
            partition by int_billing_subscription_versions.subscription_id
            order by int_billing_subscription_versions.version_number
        ) as seen_before_at
    from int_billing_subscription_versions
    where int_billing_subscription_versions.valid_from <= {{ as_of_timestamp() }}
),

final as (
    select
        versions_ranked.subscription_version_id,
        versions_ranked.subscription_id,
        versions_ranked.version_number,
        versions_ranked.evidence,
        versions_ranked.status,
        versions_ranked.pause_behavior,
        versions_ranked.pause_starts_at,
        versions_ranked.pause_resumes_at,
        versions_ranked.status_since_at,
        case
            when versions_ranked.subscription_version_id = int_mrr_subscriptions.first_version_id
                then int_mrr_subscriptions.known_from
            else versions_ranked.valid_from
        end as seen_at,
        -- Whoever looks after the end sees nothing but the end.
        case
            when versions_ranked.valid_from >= int_mrr_subscriptions.ends_at
                then int_mrr_subscriptions.ends_at
            when versions_ranked.subscription_version_id = int_mrr_subscriptions.first_version_id
                then int_mrr_subscriptions.known_from
            -- A provider that says since when tells more than the load that saw it.
            when
                versions_ranked.evidence = 'snapshot'
                and versions_ranked.status_since_at < versions_ranked.valid_from
                then greatest(
                    versions_ranked.status_since_at,
                    coalesce(versions_ranked.seen_before_at, versions_ranked.status_since_at)
                )
            else versions_ranked.valid_from
        end as status_seen_at,
        versions_ranked.valid_to
    from versions_ranked
    inner join int_mrr_subscriptions
        on versions_ranked.subscription_id = int_mrr_subscriptions.subscription_id
    where versions_ranked.recency = 1
)

select * from final

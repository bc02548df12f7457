with int_billing_subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

int_billing_event_coverage as (
    select * from {{ ref('int_billing_event_coverage') }}
),

versions_numbered as (
    select
        *,
        row_number() over (partition by subscription_id order by version_number) as version_order
    from int_billing_subscription_versions
    where valid_from <= {{ as_of_timestamp() }}
),

-- What the first sync shows, and its 30 days of events do not, holds for those days as well.
final as (
    select
        versions_numbered.subscription_id,
        versions_numbered.subscription_version_id,
        versions_numbered.status,
        versions_numbered.pause_behavior,
        versions_numbered.evidence,
        coalesce(
            case
                when
                    versions_numbered.evidence = 'snapshot'
                    and versions_numbered.valid_from
                    <= {{ dbt.dateadd('day', 30, 'event_coverage.covered_from') }}
                    then greatest(event_coverage.covered_from, versions_numbered.created_at)
            end,
            versions_numbered.valid_from
        ) as known_from,
        event_coverage.covered_to as events_known_to
    from versions_numbered
    left join int_billing_event_coverage as event_coverage
        on
            versions_numbered.billing_provider = event_coverage.billing_provider
            and versions_numbered.valid_from > event_coverage.covered_from
            and versions_numbered.valid_from <= event_coverage.covered_to
    where versions_numbered.version_order = 1
)

select * from final

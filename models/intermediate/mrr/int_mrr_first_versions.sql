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

-- What the first sync shows, and the events before it do not, holds for the days of those events.
final as (
    select
        versions_numbered.subscription_id,
        versions_numbered.subscription_version_id,
        versions_numbered.status,
        versions_numbered.pause_behavior,
        versions_numbered.status_since_at,
        versions_numbered.evidence,
        coalesce(
            case
                when
                    versions_numbered.evidence = 'snapshot'
                    and versions_numbered.valid_from <= event_coverage.first_read_at
                    then greatest(event_coverage.covered_from, versions_numbered.created_at)
            end,
            versions_numbered.valid_from
        ) as known_from,
        event_coverage.covered_to as events_known_to
    from versions_numbered
    left join int_billing_event_coverage as event_coverage
        on
            versions_numbered.source_account = event_coverage.source_account
            and versions_numbered.valid_from > event_coverage.covered_from
            and versions_numbered.valid_from <= event_coverage.covered_to
    where versions_numbered.version_order = 1
)

select * from final

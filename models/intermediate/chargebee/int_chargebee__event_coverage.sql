with chargebee_syncs as (
    select * from {{ ref('stg_loads__syncs') }}
    where kind = 'chargebee'
),

chargebee_sync_endpoints as (
    select * from {{ ref('stg_loads__sync_endpoints') }}
    where kind = 'chargebee'
),

chargebee_events as (
    select * from {{ ref('stg_chargebee__events') }}
),

oldest_events as (
    select
        source_account,
        load_id,
        min(occurred_at) as oldest_event_at
    from chargebee_events
    group by
        source_account,
        load_id
),

syncs_of_events as (
    select
        chargebee_syncs.source as source_account,
        chargebee_syncs.load_id,
        chargebee_syncs.synced_at,
        lag(chargebee_syncs.synced_at) over (
            partition by chargebee_syncs.source
            order by chargebee_syncs.synced_at, chargebee_syncs.load_id
        ) as synced_before_at
    from chargebee_syncs
    inner join chargebee_sync_endpoints
        on
            chargebee_syncs.source = chargebee_sync_endpoints.source
            and chargebee_syncs.load_id = chargebee_sync_endpoints.load_id
    where
        chargebee_sync_endpoints.endpoint = '/events'
        and chargebee_sync_endpoints.status = 'loaded'
),

-- How long Chargebee keeps events it does not say: the first sync knows what came, a later one what
-- happened since the one before, if that is not longer ago than the console shows.
final as (
    select
        syncs_of_events.source_account,
        case
            when
                syncs_of_events.synced_before_at
                >= {{ dbt.dateadd('day', -90, 'syncs_of_events.synced_at') }}
                then syncs_of_events.synced_before_at
            else coalesce(oldest_events.oldest_event_at, syncs_of_events.synced_at)
        end as covered_from,
        syncs_of_events.synced_at as covered_to
    from syncs_of_events
    left join oldest_events
        on
            syncs_of_events.source_account = oldest_events.source_account
            and syncs_of_events.load_id = oldest_events.load_id
)

select * from final

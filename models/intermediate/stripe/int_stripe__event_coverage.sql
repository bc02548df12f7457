with stripe_syncs as (
    select * from {{ ref('stg_loads__syncs') }}
    where kind = 'stripe'
),

stripe_sync_endpoints as (
    select * from {{ ref('stg_loads__sync_endpoints') }}
    where kind = 'stripe'
),

-- Stripe keeps events for 30 days, and every sync reads all it has not read before.
final as (
    select distinct
        stripe_syncs.source as source_account,
        cast({{ dbt.dateadd('day', -30, 'stripe_syncs.synced_at') }} as {{ timestamp_type() }})
            as covered_from,
        stripe_syncs.synced_at as covered_to
    from stripe_syncs
    inner join stripe_sync_endpoints
        on
            stripe_syncs.source = stripe_sync_endpoints.source
            and stripe_syncs.load_id = stripe_sync_endpoints.load_id
    where
        stripe_sync_endpoints.endpoint = '/v1/events'
        and stripe_sync_endpoints.status = 'loaded'
)

select * from final

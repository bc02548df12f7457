with stripe_syncs as (
    select * from {{ ref('stg_loads__syncs') }}
    where kind = 'stripe'
),

stripe_sync_endpoints as (
    select * from {{ ref('stg_loads__sync_endpoints') }}
    where kind = 'stripe'
),

-- Stripe keeps events for 30 days, and every sync reads all it has not read before.
windows_read as (
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
),

windows_compared as (
    select
        source_account,
        covered_from,
        covered_to,
        max(covered_to) over (
            partition by source_account
            order by covered_from, covered_to
            rows between unbounded preceding and 1 preceding
        ) as covered_before_to
    from windows_read
),

windows_numbered as (
    select
        source_account,
        covered_from,
        covered_to,
        sum(
            case
                when covered_before_to is null or covered_from > covered_before_to then 1
                else 0
            end
        ) over (
            partition by source_account
            order by covered_from, covered_to
            rows between unbounded preceding and current row
        ) as stretch_number
    from windows_compared
),

final as (
    select
        source_account,
        stretch_number,
        min(covered_from) as covered_from,
        max(covered_to) as covered_to,
        min(covered_to) as first_read_at
    from windows_numbered
    group by
        source_account,
        stretch_number
)

select * from final

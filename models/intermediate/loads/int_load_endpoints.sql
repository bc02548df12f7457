with all_endpoints as (
    select
        'stripe' as source,
        stg_stripe__sync_endpoints.*
    from {{ ref('stg_stripe__sync_endpoints') }} as stg_stripe__sync_endpoints
    union all
    select
        'openai' as source,
        stg_openai__sync_endpoints.*
    from {{ ref('stg_openai__sync_endpoints') }} as stg_openai__sync_endpoints
    union all
    select
        'app_events' as source,
        stg_app_events__sync_endpoints.*
    from {{ ref('stg_app_events__sync_endpoints') }} as stg_app_events__sync_endpoints
),

final as (
    select
        source,
        load_id,
        endpoint,
        status,
        reason,
        objects_read,
        is_complete
    from all_endpoints
)

select * from final

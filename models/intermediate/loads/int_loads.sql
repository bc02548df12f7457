with all_syncs as (
    select
        'stripe' as source,
        stg_stripe__syncs.*
    from {{ ref('stg_stripe__syncs') }} as stg_stripe__syncs
    union all
    select
        'openai' as source,
        stg_openai__syncs.*
    from {{ ref('stg_openai__syncs') }} as stg_openai__syncs
    union all
    select
        'app_events' as source,
        stg_app_events__syncs.*
    from {{ ref('stg_app_events__syncs') }} as stg_app_events__syncs
),

final as (
    select
        source,
        load_id,
        synced_at,
        started_at,
        loaded_at,
        mode,
        requests,
        rows_new,
        rows_changed,
        rows_deleted,
        rows_quarantined,
        row_number() over (partition by source order by load_id desc) = 1 as is_last
    from all_syncs
)

select * from final

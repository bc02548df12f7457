with all_quarantine as (
    select
        'stripe' as source,
        stg_stripe__quarantine.*
    from {{ ref('stg_stripe__quarantine') }} as stg_stripe__quarantine
    union all
    select
        'openai' as source,
        stg_openai__quarantine.*
    from {{ ref('stg_openai__quarantine') }} as stg_openai__quarantine
    union all
    select
        'app_events' as source,
        stg_app_events__quarantine.*
    from {{ ref('stg_app_events__quarantine') }} as stg_app_events__quarantine
),

final as (
    select
        source,
        load_id,
        observed_at,
        source_table,
        record_id,
        source_file,
        source_line,
        field,
        reason
    from all_quarantine
)

select * from final

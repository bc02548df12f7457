with sources as (
    {{ declared_sources() }}
),

stripe_dates as (
    select
        'stripe' as source,
        {{ day_of('created_at') }} as data_date
    from {{ ref('stg_stripe__invoices') }}
    union all
    select
        'stripe' as source,
        {{ day_of('created_at') }} as data_date
    from {{ ref('stg_stripe__events') }}
),

cost_dates as (
    select
        source_account as source,
        cost_date as data_date
    from {{ ref('int_cost_statements') }}
),

app_event_dates as (
    select
        'app_events' as source,
        event_date as data_date
    from {{ ref('stg_app_events__events') }}
),

newest_dates as (
    select source, max(data_date) as newest_data_date from stripe_dates group by source
    union all
    select source, max(data_date) as newest_data_date from cost_dates group by source
    union all
    select source, max(data_date) as newest_data_date from app_event_dates group by source
),

final as (
    select
        sources.source,
        sources.kind,
        sources.source_name,
        sources.setting,
        newest_dates.newest_data_date
    from sources
    left join newest_dates
        on sources.source = newest_dates.source
)

select * from final

with sources as (
    {{ declared_sources() }}
),

int_billing_invoices as (
    select
        source_account,
        max(created_at) as newest_at
    from {{ ref('int_billing_invoices') }}
    group by source_account
),

int_billing_newest_events as (
    select
        source_account,
        newest_event_at as newest_at
    from {{ ref('int_billing_newest_events') }}
),

stg_openai__cost_statements as (
    select max(cost_date) as newest_data_date
    from {{ ref('stg_openai__cost_statements') }}
),

stg_app_events__events as (
    select max(event_date) as newest_data_date
    from {{ ref('stg_app_events__events') }}
),

newest_dates as (
    select
        source_account as source,
        {{ day_of('newest_at') }} as data_date
    from int_billing_invoices
    union all
    select
        source_account as source,
        {{ day_of('newest_at') }} as data_date
    from int_billing_newest_events
    union all
    select
        'openai' as source,
        newest_data_date as data_date
    from stg_openai__cost_statements
    union all
    select
        'app_events' as source,
        newest_data_date as data_date
    from stg_app_events__events
),

dates_by_source as (
    select
        source,
        max(data_date) as newest_data_date
    from newest_dates
    group by source
),

final as (
    select
        sources.source,
        sources.kind,
        sources.source_name,
        sources.setting,
        dates_by_source.newest_data_date
    from sources
    left join dates_by_source
        on sources.source = dates_by_source.source
)

select * from final

with sources as (
    {{ declared_sources() }}
),

int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

int_billing_newest_events as (
    select * from {{ ref('int_billing_newest_events') }}
),

int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

stg_app_events__events as (
    select * from {{ ref('stg_app_events__events') }}
),

newest_dates as (
    select
        source_account as source,
        max({{ day_of('created_at') }}) as data_date
    from int_billing_invoices
    group by source_account
    union all
    select
        source_account as source,
        {{ day_of('newest_event_at') }} as data_date
    from int_billing_newest_events
    union all
    select
        source_account as source,
        max(cost_date) as data_date
    from int_cost_statements
    group by source_account
    union all
    select
        source_account as source,
        max(event_date) as data_date
    from stg_app_events__events
    group by source_account
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
        sources.area,
        sources.source_name,
        sources.setting,
        dates_by_source.newest_data_date
    from sources
    left join dates_by_source
        on sources.source = dates_by_source.source
)

select * from final

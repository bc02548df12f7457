with stripe_invoices as (
    select max(created_at) as newest_at from {{ ref('stg_stripe__invoices') }}
),

stripe_events as (
    select max(created_at) as newest_at from {{ ref('stg_stripe__events') }}
),

openai_statements as (
    select max(cost_date) as newest_on from {{ ref('stg_openai__cost_statements') }}
),

app_events as (
    select max(event_date) as newest_on from {{ ref('stg_app_events__events') }}
),

newest_of_stripe as (
    select newest_at from stripe_invoices
    union all
    select newest_at from stripe_events
),

final as (
    select
        'stripe' as source,
        'Stripe: customers, subscriptions, invoices, payments' as source_name,
        'SOURCES__STRIPE__API_KEY' as setting,
        max({{ day_of('newest_at') }}) as newest_data_date
    from newest_of_stripe
    union all
    select
        'openai' as source,
        'OpenAI: billed cost and usage' as source_name,
        'SOURCES__OPENAI__ADMIN_KEY' as setting,
        newest_on as newest_data_date
    from openai_statements
    union all
    select
        'app_events' as source,
        'App events: what happened in the product' as source_name,
        'SOURCES__APP_EVENTS__BUCKET_URL' as setting,
        newest_on as newest_data_date
    from app_events
)

select * from final

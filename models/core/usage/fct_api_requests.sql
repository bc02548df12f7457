with int_app_events as (
    select * from {{ ref('int_app_events') }}
),

final as (
    select
        -- keys
        event_id,
        app_customer_id as customer_id,
        user_id,
        feature_id,
        service,
        coalesce(endpoint, '__unknown__') as endpoint,

        -- when
        occurred_at,
        event_date as request_date,

        -- how it went
        status_code,
        status_code >= 400 as is_error,
        response_time_ms
    from int_app_events
    where event_type = 'api_request'
)

select * from final

with app_events as (
    select
        app_customer_id,
        occurred_at,
        event_id,
        acquisition_channel
    from {{ ref('stg_app_events__events') }}
    where event_type = 'signup' and app_customer_id is not null
),

customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

signups_ranked as (
    select
        coalesce(customer_keys.customer_id, app_events.app_customer_id) as customer_id,
        app_events.app_customer_id,
        app_events.occurred_at as signed_up_at,
        app_events.acquisition_channel,
        row_number() over (
            partition by coalesce(customer_keys.customer_id, app_events.app_customer_id)
            order by
                case when app_events.acquisition_channel is null then 1 else 0 end,
                app_events.occurred_at,
                app_events.event_id
        ) as signup_rank,
        min(app_events.occurred_at) over (
            partition by coalesce(customer_keys.customer_id, app_events.app_customer_id)
        ) as first_signed_up_at
    from app_events
    left join customer_keys
        on app_events.app_customer_id = customer_keys.app_customer_id
),

final as (
    select
        customer_id,
        app_customer_id,
        first_signed_up_at as signed_up_at,
        acquisition_channel
    from signups_ranked
    where signup_rank = 1
)

select * from final

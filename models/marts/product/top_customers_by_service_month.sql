with fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

ranked as (
    select
        *,
        sum(events) over (partition by month, service) as events_of_all,
        row_number() over (
            partition by month, service
            order by events desc, {{ in_byte_order('customer_id') }}
        ) as place
    from fct_usage_by_customer_month
    where customer_id <> '__unattributed__'
),

final as (
    select
        month,
        service,
        cast(place as integer) as place,
        customer_id,
        cast(events as bigint) as events,
        cast(calls as bigint) as calls,
        cast(llm_calls as bigint) as llm_calls,
        cast(users as bigint) as users,
        {{ ratio('events', 'events_of_all') }} as events_share,
        {{ is_running_month('month') }} as is_provisional
    from ranked
    where place <= 20
)

select * from final

with int_user_days as (
    select * from {{ ref('int_user_days') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

weeks as (
    select
        {{ week_of('date') }} as week_start,
        app_customer_id,
        user_id,
        count(*) as active_days
    from int_user_days
    group by
        {{ week_of('date') }},
        app_customer_id,
        user_id
),

final as (
    select
        weeks.week_start,
        coalesce(int_customer_keys.customer_id, weeks.app_customer_id) as customer_id,
        weeks.app_customer_id,
        weeks.user_id,
        cast(weeks.active_days as bigint) as active_days,
        min(weeks.week_start) over (
            partition by weeks.app_customer_id, weeks.user_id
        ) as first_week
    from weeks
    left join int_customer_keys
        on weeks.app_customer_id = int_customer_keys.app_customer_id
)

select * from final

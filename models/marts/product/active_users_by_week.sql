with fct_user_weeks as (
    select * from {{ ref('fct_user_weeks') }}
),

counted as (
    select
        week_start,
        count(*) as active_users,
        sum(case when week_start = first_week then 1 else 0 end) as new_users,
        sum(active_days) as user_days,
        count(distinct case when customer_id <> '__unattributed__' then customer_id end)
            as active_customers
    from fct_user_weeks
    group by week_start
),

compared as (
    select
        *,
        -- growth is of complete weeks only, against the week right before
        case
            when
                not {{ is_running_period("'week'", 'week_start') }}
                and lag(week_start) over (order by week_start)
                = cast({{ dbt.dateadd('day', -7, 'week_start') }} as date)
                then lag(active_users) over (order by week_start)
        end as users_a_week_before
    from counted
),

final as (
    select
        week_start,
        cast(active_users as bigint) as active_users,
        cast(new_users as bigint) as new_users,
        cast(active_users - new_users as bigint) as returning_users,
        cast(active_customers as bigint) as active_customers,
        {{ ratio('active_users - users_a_week_before', 'users_a_week_before') }} as user_growth,
        cast(user_days as bigint) as user_days,
        {{ is_running_period("'week'", 'week_start') }} as is_provisional
    from compared
)

select * from final

{{ rebuilt_by_day({
    'day': 'month',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_user_months',
    'whole_months': true,
    'months_after': 2,
}) }}

-- Each window begins less than 60 days before its month. The days are asked for as such, since no
-- engine derives them from the join.
with days_with_users as (
    select distinct date
    from {{ ref('int_user_days') }}
    where {{ in_days_up_to_touched('date', ref('int_event_days_by_load'), 60) }}
),

user_days as (
    select
        date,
        app_customer_id,
        user_id
    from {{ ref('int_user_days') }}
    where {{ in_days_up_to_touched('date', ref('int_event_days_by_load'), 60) }}
),

int_user_months as (
    select distinct month
    from {{ ref('int_user_months') }}
),

-- A user's day counts in its own month and, as the window before the last, in the next two.
months_reached as (
    select month
    from int_user_months
    union distinct
    select cast({{ dbt.dateadd('month', 1, 'month') }} as date) as month
    from int_user_months
    union distinct
    select cast({{ dbt.dateadd('month', 2, 'month') }} as date) as month
    from int_user_months
),

windows as (
    select
        month,
        -- the last day of the month, or the clock's
        least(
            cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'month')) }} as date),
            cast({{ dbt.dateadd('second', -1, as_of_timestamp()) }} as date)
        ) as last_day
    from months_reached
    where
        month < {{ as_of_timestamp() }}
        and {{ in_touched_days('month', ref('int_event_days_by_load')) }}
),

-- Between two bounds all days count alike, so that a user counts once there and not once per day.
bounds as (
    select cast({{ dbt.dateadd('day', -59, 'last_day') }} as date) as bound
    from windows
    union distinct
    select cast({{ dbt.dateadd('day', -29, 'last_day') }} as date) as bound
    from windows
    union distinct
    select cast({{ dbt.dateadd('day', 1, 'last_day') }} as date) as bound
    from windows
),

days_with_bounds as (
    select
        days_with_users.date,
        max(bounds.bound) as bound
    from days_with_users
    inner join bounds
        on days_with_users.date >= bounds.bound
    group by days_with_users.date
),

users_by_bound as (
    select distinct
        days_with_bounds.bound,
        user_days.app_customer_id,
        user_days.user_id
    from user_days
    inner join days_with_bounds
        on user_days.date = days_with_bounds.date
),

bounds_of_windows as (
    select
        bounds.bound,
        windows.month,
        case
            when {{ days_between('bounds.bound', 'windows.last_day') }} < 30 then 1 else 0
        end as is_in_last_30_days
    from bounds
    inner join windows
        on
            bounds.bound <= windows.last_day
            and bounds.bound
            > cast({{ dbt.dateadd('day', -60, 'windows.last_day') }} as date)
),

users_of_windows as (
    select
        bounds_of_windows.month,
        users_by_bound.app_customer_id,
        users_by_bound.user_id,
        max(bounds_of_windows.is_in_last_30_days) as is_there,
        max(1 - bounds_of_windows.is_in_last_30_days) as was_there
    from users_by_bound
    inner join bounds_of_windows
        on users_by_bound.bound = bounds_of_windows.bound
    group by
        bounds_of_windows.month,
        users_by_bound.app_customer_id,
        users_by_bound.user_id
),

users_by_month as (
    select
        month,
        sum(is_there) as users_last_30_days,
        sum(was_there) as users_30_days_before,
        sum(case when is_there = 0 then 1 else 0 end) as users_lost
    from users_of_windows
    group by month
),

final as (
    select
        windows.month,
        windows.last_day,
        cast(users_by_month.users_last_30_days as bigint) as users_last_30_days,
        cast(users_by_month.users_30_days_before as bigint) as users_30_days_before,
        cast(users_by_month.users_lost as bigint) as users_lost
    from windows
    inner join users_by_month
        on windows.month = users_by_month.month
)

select * from final

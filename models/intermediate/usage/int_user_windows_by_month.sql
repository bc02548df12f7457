{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('month'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'month',
        'days_by_load': 'fct_event_days_by_load',
        'loads_of': ['app_events'],
        'after': 'int_user_months',
        'whole_months': true,
        'months_after': 2,
    }
) }}

with int_user_days as (
    select * from {{ ref('int_user_days') }}
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
        and {{ in_touched_days('month', ref('fct_event_days_by_load')) }}
),

users_of_windows as (
    select
        windows.month,
        windows.last_day,
        int_user_days.app_customer_id,
        int_user_days.user_id,
        max({{ days_between('int_user_days.date', 'windows.last_day') }}) as days_since_first,
        min({{ days_between('int_user_days.date', 'windows.last_day') }}) as days_since_last
    from int_user_days
    inner join windows
        on
            int_user_days.date <= windows.last_day
            and int_user_days.date > cast({{ dbt.dateadd('day', -60, 'windows.last_day') }} as date)
    group by
        windows.month,
        windows.last_day,
        int_user_days.app_customer_id,
        int_user_days.user_id
),

final as (
    select
        month,
        last_day,
        cast(sum(case when days_since_last < 30 then 1 else 0 end) as bigint)
            as users_last_30_days,
        cast(sum(case when days_since_first >= 30 then 1 else 0 end) as bigint)
            as users_30_days_before,
        cast(sum(case when days_since_last >= 30 then 1 else 0 end) as bigint) as users_lost
    from users_of_windows
    group by
        month,
        last_day
)

select * from final

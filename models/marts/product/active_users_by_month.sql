with fct_user_months as (
    select * from {{ ref('fct_user_months') }}
),

fct_user_windows_by_month as (
    select * from {{ ref('fct_user_windows_by_month') }}
),

fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

users_by_month as (
    select
        month,
        count(*) as active_users,
        sum(case when month = first_month then 1 else 0 end) as new_users,
        sum(active_days) as user_days
    from fct_user_months
    group by month
),

customers_by_month as (
    select
        month,
        count(distinct customer_id) as active_customers
    from fct_usage_by_customer_month
    where customer_id <> '__unattributed__'
    group by month
),

months as (
    select month
    from fct_user_windows_by_month
    union distinct
    select month
    from customers_by_month
),

-- users are known where the events of the month, or of the windows, name any
joined as (
    select
        months.month,
        fct_user_windows_by_month.last_day,
        case
            when fct_user_windows_by_month.month is not null
                then coalesce(users_by_month.active_users, 0)
        end as active_users,
        case
            when fct_user_windows_by_month.month is not null
                then coalesce(users_by_month.new_users, 0)
        end as new_users,
        case
            when fct_user_windows_by_month.month is not null
                then coalesce(users_by_month.user_days, 0)
        end as user_days,
        coalesce(customers_by_month.active_customers, 0) as active_customers,
        fct_user_windows_by_month.users_last_30_days,
        fct_user_windows_by_month.users_30_days_before,
        fct_user_windows_by_month.users_lost
    from months
    left join fct_user_windows_by_month
        on months.month = fct_user_windows_by_month.month
    left join users_by_month
        on months.month = users_by_month.month
    left join customers_by_month
        on months.month = customers_by_month.month
),

months_before_added as (
    select
        *,
        lag(active_users) over (order by month) as active_users_before,
        lag(month) over (order by month) as month_before
    from joined
),

compared as (
    select
        *,
        -- growth is of complete months only, against the month right before
        case
            when
                not {{ is_running_month('month') }}
                and month_before = cast({{ dbt.dateadd('month', -1, 'month') }} as date)
                then active_users_before
        end as active_users_a_month_before
    from months_before_added
),

final as (
    select
        month,
        cast(active_users as bigint) as active_users,
        cast(new_users as bigint) as new_users,
        cast(active_users - new_users as bigint) as returning_users,
        cast(sum(new_users) over (order by month rows unbounded preceding) as bigint) as users_ever,
        cast(active_customers as bigint) as active_customers,
        {{ ratio('active_users - active_users_a_month_before', 'active_users_a_month_before') }}
            as user_growth,
        cast(user_days as bigint) as user_days,
        last_day as window_end,
        users_last_30_days,
        users_30_days_before,
        users_lost,
        {{ ratio('users_lost', 'users_30_days_before') }} as usage_churn_rate,
        {{ is_running_month('month') }} as is_provisional
    from compared
)

select * from final

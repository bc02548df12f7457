with int_user_windows_by_month as (
    select * from {{ ref('int_user_windows_by_month') }}
),

final as (
    select
        month,
        last_day,
        users_last_30_days,
        users_30_days_before,
        users_lost
    from int_user_windows_by_month
)

select * from final

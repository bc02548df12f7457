with int_user_months as (
    select * from {{ ref('int_user_months') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

final as (
    select
        int_user_months.month,
        coalesce(int_customer_keys.customer_id, int_user_months.app_customer_id) as customer_id,
        int_user_months.app_customer_id,
        int_user_months.user_id,
        int_user_months.active_days,
        int_user_months.events,
        min(int_user_months.month) over (
            partition by int_user_months.app_customer_id, int_user_months.user_id
        ) as first_month
    from int_user_months
    left join int_customer_keys
        on int_user_months.app_customer_id = int_customer_keys.app_customer_id
)

select * from final

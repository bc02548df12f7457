with int_usage_by_account_month as (
    select * from {{ ref('int_usage_by_account_month') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

final as (
    select
        int_usage_by_account_month.month,
        int_usage_by_account_month.service,
        coalesce(int_customer_keys.customer_id, int_usage_by_account_month.app_customer_id)
            as customer_id,
        cast(sum(int_usage_by_account_month.events) as bigint) as events,
        cast(sum(int_usage_by_account_month.calls) as bigint) as calls,
        cast(sum(int_usage_by_account_month.llm_calls) as bigint) as llm_calls,
        cast(sum(int_usage_by_account_month.feature_uses) as bigint) as feature_uses,
        cast(sum(int_usage_by_account_month.units) as decimal(28, 6)) as units,
        cast(sum(int_usage_by_account_month.users) as bigint) as users
    from int_usage_by_account_month
    left join int_customer_keys
        on int_usage_by_account_month.app_customer_id = int_customer_keys.app_customer_id
    group by
        int_usage_by_account_month.month,
        int_usage_by_account_month.service,
        coalesce(int_customer_keys.customer_id, int_usage_by_account_month.app_customer_id)
)

select * from final

with int_cost_attributed as (
    select * from {{ ref('int_cost_attributed') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

-- Several accounts of the app may be one customer.
final as (
    select
        int_cost_attributed.provider_cost_id,
        int_cost_attributed.cost_date,
        int_cost_attributed.provider,
        int_cost_attributed.project_id,
        int_cost_attributed.api_key_id,
        int_cost_attributed.line_item,
        int_cost_attributed.model_id,
        int_cost_attributed.feature_id,
        coalesce(int_customer_keys.customer_id, int_cost_attributed.app_customer_id)
            as customer_id,
        cast(sum(int_cost_attributed.cost_usd) as decimal(38, 9)) as cost_usd,
        cast(sum(int_cost_attributed.list_cost_usd) as decimal(38, 9)) as list_cost_usd,
        int_cost_attributed.status,
        max(int_cost_attributed.method) as method,
        {{ is_running_day('int_cost_attributed.cost_date') }} as is_provisional
    from int_cost_attributed
    left join int_customer_keys
        on int_cost_attributed.app_customer_id = int_customer_keys.app_customer_id
    group by
        int_cost_attributed.provider_cost_id,
        int_cost_attributed.cost_date,
        int_cost_attributed.provider,
        int_cost_attributed.project_id,
        int_cost_attributed.api_key_id,
        int_cost_attributed.line_item,
        int_cost_attributed.model_id,
        int_cost_attributed.feature_id,
        coalesce(int_customer_keys.customer_id, int_cost_attributed.app_customer_id),
        int_cost_attributed.status
)

select * from final

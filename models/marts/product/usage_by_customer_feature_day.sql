with fct_usage_by_customer_feature_day as (
    select * from {{ ref('fct_usage_by_customer_feature_day') }}
),

final as (
    select
        usage_date as date,
        customer_id,
        feature_id,
        feature_uses,
        units,
        llm_calls,
        cache_hits,
        unpriced_calls,
        input_tokens,
        output_tokens,
        list_cost_usd,
        {{ is_running_day('usage_date') }} as is_provisional
    from fct_usage_by_customer_feature_day
)

select * from final

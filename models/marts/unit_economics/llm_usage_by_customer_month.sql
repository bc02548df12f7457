with fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

final as (
    select
        {{ month_of('cost_date') }} as month,
        feature_id,
        customer_id,
        provider,
        model_id,
        cast(sum(calls - cache_hits) as bigint) as calls,
        cast(sum(input_tokens - cached_input_tokens - cache_write_tokens) as bigint)
            as uncached_input_tokens,
        cast(sum(cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd
    from fct_llm_usage_by_day
    group by
        {{ month_of('cost_date') }},
        feature_id,
        customer_id,
        provider,
        model_id
)

select * from final

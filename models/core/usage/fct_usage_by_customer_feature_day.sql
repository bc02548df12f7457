with int_feature_usage_by_day as (
    select * from {{ ref('int_feature_usage_by_day') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

uses as (
    select
        int_feature_usage_by_day.usage_date,
        coalesce(int_customer_keys.customer_id, int_feature_usage_by_day.app_customer_id)
            as customer_id,
        int_feature_usage_by_day.feature_id,
        sum(int_feature_usage_by_day.feature_uses) as feature_uses,
        sum(int_feature_usage_by_day.quantity) as units
    from int_feature_usage_by_day
    left join int_customer_keys
        on int_feature_usage_by_day.app_customer_id = int_customer_keys.app_customer_id
    group by
        int_feature_usage_by_day.usage_date,
        coalesce(int_customer_keys.customer_id, int_feature_usage_by_day.app_customer_id),
        int_feature_usage_by_day.feature_id
),

llm_uses as (
    select
        cost_date as usage_date,
        customer_id,
        feature_id,
        sum(calls - cache_hits) as llm_calls,
        sum(cache_hits) as cache_hits,
        sum(unpriced_calls) as unpriced_calls,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(list_cost_usd) as list_cost_usd
    from fct_llm_usage_by_day
    group by
        cost_date,
        customer_id,
        feature_id
),

final as (
    select
        coalesce(uses.usage_date, llm_uses.usage_date) as usage_date,
        coalesce(uses.customer_id, llm_uses.customer_id) as customer_id,
        coalesce(uses.feature_id, llm_uses.feature_id) as feature_id,
        cast(coalesce(uses.feature_uses, 0) as bigint) as feature_uses,
        cast(coalesce(uses.units, 0) as decimal(28, 6)) as units,
        cast(coalesce(llm_uses.llm_calls, 0) as bigint) as llm_calls,
        cast(coalesce(llm_uses.cache_hits, 0) as bigint) as cache_hits,
        cast(coalesce(llm_uses.unpriced_calls, 0) as bigint) as unpriced_calls,
        cast(coalesce(llm_uses.input_tokens, 0) as bigint) as input_tokens,
        cast(coalesce(llm_uses.output_tokens, 0) as bigint) as output_tokens,
        cast(coalesce(llm_uses.list_cost_usd, 0) as decimal(38, 9)) as list_cost_usd
    from uses
    full outer join llm_uses
        on
            uses.usage_date = llm_uses.usage_date
            and uses.customer_id = llm_uses.customer_id
            and uses.feature_id = llm_uses.feature_id
)

select * from final

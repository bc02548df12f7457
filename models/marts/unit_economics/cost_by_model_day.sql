with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_provider_usage as (
    select * from {{ ref('fct_provider_usage') }}
),

fct_cost_by_model_day as (
    select * from {{ ref('fct_cost_by_model_day') }}
),

fct_llm_calls_by_feature_day as (
    select * from {{ ref('fct_llm_calls_by_feature_day') }}
),

events_by_model as (
    select
        cost_date as date,
        provider,
        model_id,
        sum(list_cost_usd) as event_list_cost_usd,
        sum(calls - cache_hits) as event_calls,
        sum(unpriced_calls) as unpriced_event_calls
    from fct_llm_calls_by_feature_day
    group by
        cost_date,
        provider,
        model_id
),

cost_billed_by_model as (
    select
        cost_date as date,
        provider,
        model_id,
        -- A line that cannot be converted makes the model's day unknown, not cheaper.
        case when count(*) = count(billed_usd) then sum(billed_usd) end as cost_usd
    from fct_provider_costs
    where cost_kind = 'llm'
    group by
        cost_date,
        provider,
        model_id
),

usage_reported_by_model as (
    select
        usage_date as date,
        provider,
        model_id,
        case when count(*) = count(list_cost_usd) then sum(list_cost_usd) end as list_cost_usd,
        sum(requests) as calls,
        sum(input_tokens) as input_tokens,
        sum(cached_input_tokens) as cached_input_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        sum(output_tokens) as output_tokens
    from fct_provider_usage
    group by
        usage_date,
        provider,
        model_id
),

models_billed_or_used as (
    select
        date,
        provider,
        model_id
    from cost_billed_by_model
    union distinct
    select
        date,
        provider,
        model_id
    from usage_reported_by_model
    union distinct
    select
        date,
        provider,
        model_id
    from events_by_model
),

final as (
    select
        models_billed_or_used.date,
        models_billed_or_used.provider,
        models_billed_or_used.model_id,
        cast(
            case
                when cost_billed_by_model.model_id is null then 0
                else cost_billed_by_model.cost_usd
            end as decimal(38, 9)
        ) as cost_usd,
        cast(coalesce(fct_cost_by_model_day.attributed_cost_usd, 0) as decimal(38, 9))
            as attributed_cost_usd,
        cast(coalesce(fct_cost_by_model_day.estimated_cost_usd, 0) as decimal(38, 9))
            as estimated_cost_usd,
        cast(coalesce(fct_cost_by_model_day.provisional_cost_usd, 0) as decimal(38, 9))
            as provisional_cost_usd,
        cast(
            case
                when cost_billed_by_model.model_id is null then 0
                else cost_billed_by_model.cost_usd
            end + coalesce(fct_cost_by_model_day.unbilled_cost_usd, 0) as decimal(38, 9)
        ) as total_cost_usd,
        cast(usage_reported_by_model.list_cost_usd as decimal(38, 9)) as list_cost_usd,
        cast(usage_reported_by_model.calls as bigint) as calls,
        cast(usage_reported_by_model.input_tokens as bigint) as input_tokens,
        cast(usage_reported_by_model.cached_input_tokens as bigint) as cached_input_tokens,
        cast(usage_reported_by_model.cache_write_tokens as bigint) as cache_write_tokens,
        cast(usage_reported_by_model.output_tokens as bigint) as output_tokens,
        cast(coalesce(events_by_model.event_list_cost_usd, 0) as decimal(38, 9))
            as event_list_cost_usd,
        cast(coalesce(events_by_model.event_calls, 0) as bigint) as event_calls,
        cast(coalesce(events_by_model.unpriced_event_calls, 0) as bigint) as unpriced_event_calls,
        models_billed_or_used.model_id <> '__unmapped__' as is_mapped,
        {{ is_running_day('models_billed_or_used.date') }} as is_provisional
    from models_billed_or_used
    left join cost_billed_by_model
        on
            models_billed_or_used.date = cost_billed_by_model.date
            and models_billed_or_used.provider = cost_billed_by_model.provider
            and models_billed_or_used.model_id = cost_billed_by_model.model_id
    left join usage_reported_by_model
        on
            models_billed_or_used.date = usage_reported_by_model.date
            and models_billed_or_used.provider = usage_reported_by_model.provider
            and models_billed_or_used.model_id = usage_reported_by_model.model_id
    left join fct_cost_by_model_day
        on
            models_billed_or_used.date = fct_cost_by_model_day.cost_date
            and models_billed_or_used.provider = fct_cost_by_model_day.provider
            and models_billed_or_used.model_id = fct_cost_by_model_day.model_id
    left join events_by_model
        on
            models_billed_or_used.date = events_by_model.date
            and models_billed_or_used.provider = events_by_model.provider
            and models_billed_or_used.model_id = events_by_model.model_id
)

select * from final

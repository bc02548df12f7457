{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('cost_date'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'cost_date',
        'days_by_load': 'fct_event_days_by_load',
        'loads_of': ['app_events'],
        'after': 'int_repeated_event_rows',
        'references': ['int_llm_rate_bands', 'model_aliases'],
    }
) }}

with calls_of_touched_days as (
    select
        *,
        -- An event that names no provider is taken to be of the one that bills most apps.
        coalesce(lower(provider), 'openai') as called_provider,
        coalesce(input_tokens, 0) as all_input_tokens
    from {{ ref('int_app_events') }}
    where
        event_type = 'llm_request'
        and {{ in_touched_days('occurred_at', ref('fct_event_days_by_load')) }}
),

int_llm_rate_bands as (
    select * from {{ ref('int_llm_rate_bands') }}
),

model_aliases as (
    select * from {{ ref('model_aliases') }}
),

names_called as (
    select distinct
        called_provider,
        model
    from calls_of_touched_days
    where model is not null
),

aliases_ranked as (
    select
        names_called.called_provider,
        names_called.model,
        model_aliases.model_id,
        row_number() over (
            partition by names_called.called_provider, names_called.model
            order by
                model_aliases.priority desc,
                length(model_aliases.pattern) desc,
                {{ in_byte_order('model_aliases.pattern') }} asc
        ) as preference
    from names_called
    inner join model_aliases
        on
            names_called.called_provider = model_aliases.provider
            and {{ matches_glob('names_called.model', 'model_aliases.pattern') }}
),

tokens_by_type as (
    select
        calls_of_touched_days.event_id,
        calls_of_touched_days.request_id,
        calls_of_touched_days.occurred_at,
        calls_of_touched_days.event_date as cost_date,
        calls_of_touched_days.customer_id as app_customer_id,
        calls_of_touched_days.user_id,
        calls_of_touched_days.feature_id as event_feature_id,
        calls_of_touched_days.called_provider as provider,
        calls_of_touched_days.model,
        coalesce(aliases_ranked.model_id, calls_of_touched_days.model) as model_id,
        calls_of_touched_days.service_tier,
        calls_of_touched_days.project_id,
        calls_of_touched_days.api_key_id,
        coalesce(calls_of_touched_days.is_cache_hit, false) as is_cache_hit,
        calls_of_touched_days.response_time_ms,
        calls_of_touched_days.all_input_tokens as input_tokens,
        -- Cached input and cache writes are part of the input, never beside it.
        greatest(
            calls_of_touched_days.all_input_tokens
            - coalesce(calls_of_touched_days.cached_input_tokens, 0)
            - coalesce(calls_of_touched_days.cache_write_tokens, 0),
            0
        ) as uncached_input_tokens,
        coalesce(calls_of_touched_days.cached_input_tokens, 0) as cached_input_tokens,
        coalesce(calls_of_touched_days.cache_write_tokens, 0) as cache_write_tokens,
        coalesce(calls_of_touched_days.output_tokens, 0) as output_tokens
    from calls_of_touched_days
    left join aliases_ranked
        on
            calls_of_touched_days.called_provider = aliases_ranked.called_provider
            and calls_of_touched_days.model = aliases_ranked.model
            and aliases_ranked.preference = 1
),

-- Running totals over the token types: rounding them, not the parts, keeps the parts' sum equal
-- to the request's cost rounded once.
priced_by_request as (
    select
        tokens_by_type.*,
        int_llm_rate_bands.model_id is not null
        and not (
            (tokens_by_type.uncached_input_tokens > 0 and int_llm_rate_bands.input_usd is null)
            or (
                tokens_by_type.cached_input_tokens > 0
                and int_llm_rate_bands.cached_input_usd is null
            )
            or (
                tokens_by_type.cache_write_tokens > 0
                and int_llm_rate_bands.cache_write_usd is null
            )
            or (
                tokens_by_type.output_tokens > 0
                and int_llm_rate_bands.output_usd is null
            )
        ) as has_price,
        {{ token_cost(
            'tokens_by_type.uncached_input_tokens', 'int_llm_rate_bands.input_usd'
        ) }} as uncached_usd,
        {{ token_cost(
            'tokens_by_type.cached_input_tokens', 'int_llm_rate_bands.cached_input_usd'
        ) }} as cached_usd,
        {{ token_cost(
            'tokens_by_type.cache_write_tokens', 'int_llm_rate_bands.cache_write_usd'
        ) }} as written_usd,
        {{ token_cost(
            'tokens_by_type.output_tokens', 'int_llm_rate_bands.output_usd'
        ) }} as output_usd
    from tokens_by_type
    left join int_llm_rate_bands
        on
            tokens_by_type.provider = int_llm_rate_bands.provider
            and tokens_by_type.model_id = int_llm_rate_bands.model_id
            and tokens_by_type.service_tier = int_llm_rate_bands.service_tier
            and tokens_by_type.cost_date >= int_llm_rate_bands.valid_from
            and (
                tokens_by_type.cost_date < int_llm_rate_bands.valid_to
                or int_llm_rate_bands.valid_to is null
            )
            and (
                tokens_by_type.input_tokens > int_llm_rate_bands.above_tokens
                or int_llm_rate_bands.above_tokens = 0
            )
            and (
                tokens_by_type.input_tokens <= int_llm_rate_bands.up_to_tokens
                or int_llm_rate_bands.up_to_tokens is null
            )
),

rounded_along as (
    select
        *,
        {{ to_money('uncached_usd') }} as to_uncached_usd,
        {{ to_money('uncached_usd + cached_usd') }} as to_cached_usd,
        {{ to_money('uncached_usd + cached_usd + written_usd') }} as to_written_usd,
        {{ to_money('uncached_usd + cached_usd + written_usd + output_usd') }} as to_output_usd
    from priced_by_request
),

final as (
    select
        event_id,
        request_id,
        occurred_at,
        cost_date,
        app_customer_id,
        user_id,
        event_feature_id,
        provider,
        model,
        model_id,
        service_tier,
        project_id,
        api_key_id,
        is_cache_hit,
        response_time_ms,
        input_tokens,
        uncached_input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        output_tokens,
        -- What the app's own cache answered was never asked of the provider.
        case
            when is_cache_hit then cast(0 as decimal(38, 9))
            else to_uncached_usd
        end as uncached_input_usd,
        case
            when is_cache_hit then cast(0 as decimal(38, 9))
            else to_cached_usd - to_uncached_usd
        end as cached_input_usd,
        case
            when is_cache_hit then cast(0 as decimal(38, 9))
            else to_written_usd - to_cached_usd
        end as cache_write_usd,
        case
            when is_cache_hit then cast(0 as decimal(38, 9))
            else to_output_usd - to_written_usd
        end as output_usd,
        case
            when is_cache_hit then cast(0 as decimal(38, 9))
            when has_price then to_output_usd
        end as list_cost_usd,
        case when is_cache_hit and has_price then to_output_usd end as cache_saved_usd,
        is_cache_hit or has_price as is_priced
    from rounded_along
)

select * from final

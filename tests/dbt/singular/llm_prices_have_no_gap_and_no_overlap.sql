-- Prices of one key follow each other day by day; only the last is open.
with llm_prices as (
    select
        provider,
        model_id,
        token_type,
        coalesce(service_tier, 'standard') as service_tier,
        context_min_tokens,
        valid_from,
        valid_to,
        lead(valid_from) over (
            partition by
                provider, model_id, token_type, coalesce(service_tier, 'standard'),
                context_min_tokens
            order by valid_from
        ) as next_valid_from
    from {{ ref('llm_prices') }}
)

select *
from llm_prices
where
    valid_to <= valid_from
    or (next_valid_from is not null and (valid_to is null or valid_to <> next_valid_from))

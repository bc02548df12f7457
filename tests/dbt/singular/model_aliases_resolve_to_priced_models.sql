{{ config(severity='warn') }}

-- An alias that leads to no price would make its calls unpriced.
with llm_prices as (
    select
        provider,
        model_id
    from {{ ref('llm_prices') }}
    union distinct
    select
        provider,
        model_id
    from {{ ref('llm_price_overrides') }}
)

select
    model_aliases.provider,
    model_aliases.pattern,
    model_aliases.model_id
from {{ ref('model_aliases') }} as model_aliases
left join llm_prices
    on
        model_aliases.provider = llm_prices.provider
        and model_aliases.model_id = llm_prices.model_id
where llm_prices.model_id is null

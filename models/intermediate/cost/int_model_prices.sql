with llm_prices as (
    select * from {{ ref('llm_prices') }}
),

llm_price_overrides as (
    select * from {{ ref('llm_price_overrides') }}
),

list_and_contract_prices as (
    select
        llm_prices.*,
        false as is_contract
    from llm_prices
    union all
    select
        llm_price_overrides.*,
        true as is_contract
    from llm_price_overrides
),

final as (
    select
        {{ seeded_provider('provider') }} as provider,
        model_id,
        token_type,
        coalesce(nullif(lower(service_tier), 'default'), 'standard') as service_tier,
        context_min_tokens,
        usd_per_million_tokens,
        valid_from,
        valid_to,
        is_contract
    from list_and_contract_prices
)

select * from final

with llm_prices as (
    select * from {{ ref('llm_prices') }}
),

llm_price_overrides as (
    select * from {{ ref('llm_price_overrides') }}
),

int_contract_models as (
    select * from {{ ref('int_contract_models') }}
),

list_and_contract_prices as (
    select
        {{ seeded_provider('provider') }} as provider,
        model_id,
        token_type,
        service_tier,
        context_min_tokens,
        usd_per_million_tokens,
        valid_from,
        valid_to,
        false as is_contract
    from llm_prices
    union all
    select
        int_contract_models.provider,
        int_contract_models.model_id,
        llm_price_overrides.token_type,
        llm_price_overrides.service_tier,
        llm_price_overrides.context_min_tokens,
        llm_price_overrides.usd_per_million_tokens,
        llm_price_overrides.valid_from,
        llm_price_overrides.valid_to,
        true as is_contract
    from llm_price_overrides
    inner join int_contract_models
        on
            llm_price_overrides.provider = int_contract_models.written_provider
            and llm_price_overrides.model_id = int_contract_models.written_model
),

final as (
    select
        provider,
        model_id,
        lower(trim(token_type)) as token_type,
        coalesce(nullif(lower(trim(service_tier)), 'default'), 'standard') as service_tier,
        coalesce(context_min_tokens, 0) as context_min_tokens,
        usd_per_million_tokens,
        valid_from,
        valid_to,
        is_contract
    from list_and_contract_prices
)

select * from final

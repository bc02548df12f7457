-- A billed model without a price cannot be weighed by its events: add it to the prices or aliases.
{{ config(severity='warn') }}

select distinct
    fct_provider_costs.provider,
    fct_provider_costs.model_id
from {{ ref('fct_provider_costs') }} as fct_provider_costs
left join {{ ref('int_llm_rate_bands') }} as int_llm_rate_bands
    on
        fct_provider_costs.provider = int_llm_rate_bands.provider
        and fct_provider_costs.model_id = int_llm_rate_bands.model_id
where
    fct_provider_costs.pool <> 'other'
    and fct_provider_costs.cost_kind = 'llm'
    and int_llm_rate_bands.model_id is null

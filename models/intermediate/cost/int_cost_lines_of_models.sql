{{ config(materialized='view') }}

with fct_provider_costs as (
    select *
    from {{ ref('fct_provider_costs') }}
    where billed_usd is not null and cost_kind = 'llm'
),

int_llm_cost_by_pool as (
    select * from {{ ref('int_llm_cost_by_pool') }}
),

models_used as (
    select distinct
        cost_date,
        provider,
        model_id,
        pool
    from int_llm_cost_by_pool
),

-- A bill by day, or by project alone, may be for any model; one by model is for all kinds of token.
final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        model_id,
        pool,
        charge_category,
        billed_usd,
        true as names_model,
        false as is_of_all
    from fct_provider_costs
    where pool <> 'all'
    union all
    select
        fct_provider_costs.provider_cost_id,
        fct_provider_costs.cost_date,
        fct_provider_costs.provider,
        fct_provider_costs.source_account,
        fct_provider_costs.project_id,
        fct_provider_costs.api_key_id,
        models_used.model_id,
        models_used.pool,
        fct_provider_costs.charge_category,
        fct_provider_costs.billed_usd,
        fct_provider_costs.model_id = models_used.model_id as names_model,
        true as is_of_all
    from fct_provider_costs
    inner join models_used
        on
            fct_provider_costs.cost_date = models_used.cost_date
            and fct_provider_costs.provider = models_used.provider
    where
        fct_provider_costs.pool = 'all'
        and fct_provider_costs.model_id
        in (models_used.model_id, '__unmapped__', '__no_model__')
)

select * from final

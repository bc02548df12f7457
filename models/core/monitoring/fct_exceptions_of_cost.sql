with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_llm_calls_by_model_day as (
    select * from {{ ref('fct_llm_calls_by_model_day') }}
),

int_llm_rate_bands as (
    select * from {{ ref('int_llm_rate_bands') }}
),

priced_models as (
    select distinct
        provider,
        model_id
    from int_llm_rate_bands
),

reasons as (
    -- unreadable, or in a currency without a rate: in no sum of dollars
    select
        'bill_line' as subject_type,
        provider_cost_id as subject_id,
        'no_amount_in_dollars' as reason,
        native_amount as amount,
        native_currency as currency,
        cost_date as first_seen_on
    from fct_provider_costs
    where is_missing_rate
    union all
    -- billed, and attributed to nobody by its model
    select
        'line_item' as subject_type,
        concat(provider, '|', line_item) as subject_id,
        'unmapped_line_item' as reason,
        sum(billed_usd) as amount,
        'usd' as currency,
        min(cost_date) as first_seen_on
    from fct_provider_costs
    where not is_mapped
    group by
        provider,
        line_item
    union all
    select
        'model' as subject_type,
        concat(fct_provider_costs.provider, '|', fct_provider_costs.model_id) as subject_id,
        'billed_model_without_price' as reason,
        sum(fct_provider_costs.billed_usd) as amount,
        'usd' as currency,
        min(fct_provider_costs.cost_date) as first_seen_on
    from fct_provider_costs
    left join priced_models
        on
            fct_provider_costs.provider = priced_models.provider
            and fct_provider_costs.model_id = priced_models.model_id
    where
        fct_provider_costs.is_mapped
        and fct_provider_costs.cost_kind = 'llm'
        and fct_provider_costs.pool <> 'other'
        and priced_models.model_id is null
    group by
        fct_provider_costs.provider,
        fct_provider_costs.model_id
    union all
    select
        'model' as subject_type,
        concat(provider, '|', model_id) as subject_id,
        'calls_without_price' as reason,
        cast(null as decimal(38, 9)) as amount,
        'usd' as currency,
        min(date) as first_seen_on
    from fct_llm_calls_by_model_day
    where unpriced_calls > 0
    group by
        provider,
        model_id
),

final as (
    select
        'cost' as area,
        subject_type,
        subject_id,
        reason,
        cast(amount as decimal(38, 9)) as amount,
        case when amount is not null then currency end as currency,
        cast(first_seen_on as {{ timestamp_type() }}) as first_seen_at
    from reasons
)

select * from final

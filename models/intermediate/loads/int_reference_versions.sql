{{ config(materialized='table') }}

with versions as (
    {{ versions_of([
        'cost_kinds',
        'cost_rules',
        'features',
        'int_bill_exchange_rates',
        'int_llm_rate_bands',
        'int_projects_never_billed',
        'line_item_map',
        'model_aliases',
        'provider_aliases',
        'service_tier_aliases',
    ]) }}
),

final as (
    select
        reference,
        version
    from versions
)

select * from final

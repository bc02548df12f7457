{{ config(materialized='view') }}

with int_cost_weights_of_token_lines as (
    select * from {{ ref('int_cost_weights_of_token_lines') }}
),

int_cost_weights_of_other_lines as (
    select * from {{ ref('int_cost_weights_of_other_lines') }}
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        project_id,
        api_key_id,
        feature_id,
        app_customer_id,
        is_estimate,
        level,
        weight_nano
    from int_cost_weights_of_token_lines
    union all
    select
        provider_cost_id,
        cost_date,
        provider,
        cast(null as {{ dbt.type_string() }}) as project_id,
        cast(null as {{ dbt.type_string() }}) as api_key_id,
        feature_id,
        app_customer_id,
        -- They share what the line is, and say nothing about what it should cost.
        false as is_estimate,
        level,
        weight_nano
    from int_cost_weights_of_other_lines
)

select * from final

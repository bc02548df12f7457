{{ config(materialized='view') }}

with int_cost_weights_of_token_lines as (
    select * from {{ ref('int_cost_weights_of_token_lines') }}
),

-- A bill may still come; once it no longer can, the use was free.
final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        nullif(project_id, '') as project_id,
        nullif(api_key_id, '') as api_key_id,
        feature_id,
        app_customer_id,
        case when {{ is_final_day('cost_date') }} then 'never_billed' else 'provisional' end
            as status,
        case
            when {{ is_final_day('cost_date') }} then cast(0 as decimal(38, 0))
            else weight_nano
        end as cost_nano,
        weight_nano as list_cost_nano
    from int_cost_weights_of_token_lines
    where level = 0
)

select * from final

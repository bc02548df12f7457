{{ config(materialized='view') }}

with int_cost_weights_of_token_lines as (
    select * from {{ ref('int_cost_weights_of_token_lines') }}
),

int_billed_days as (
    select * from {{ ref('int_billed_days') }}
),

int_projects_never_billed as (
    select * from {{ ref('int_projects_never_billed') }}
),

providers_billed as (
    select distinct provider
    from int_billed_days
),

-- Whether a bill of the use is loaded: for its day, and at all.
uses as (
    select
        int_cost_weights_of_token_lines.*,
        int_projects_never_billed.project_id is null
        and int_billed_days.cost_date is not null as has_bill_of_day,
        int_projects_never_billed.project_id is null
        and providers_billed.provider is not null as has_bills
    from int_cost_weights_of_token_lines
    left join int_billed_days
        on
            int_cost_weights_of_token_lines.provider = int_billed_days.provider
            and int_cost_weights_of_token_lines.cost_date = int_billed_days.cost_date
    left join providers_billed
        on int_cost_weights_of_token_lines.provider = providers_billed.provider
    left join int_projects_never_billed
        on
            int_cost_weights_of_token_lines.provider = int_projects_never_billed.provider
            and int_cost_weights_of_token_lines.project_id = int_projects_never_billed.project_id
    where int_cost_weights_of_token_lines.level = 0
),

-- A bill may still come; once it no longer can, the use was free. Where none is read, the list
-- price is the best that is known.
uses_judged as (
    select
        *,
        case
            when not has_bills then 'estimated'
            when not {{ is_final_day('cost_date') }} then 'provisional'
            when has_bill_of_day then 'never_billed'
            else 'estimated'
        end as status
    from uses
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        nullif(project_id, '') as project_id,
        nullif(api_key_id, '') as api_key_id,
        coalesce(nullif(model_id, ''), '__no_model__') as model_id,
        feature_id,
        app_customer_id,
        status,
        case
            when status = 'never_billed' then cast(0 as decimal(38, 0))
            else weight_nano
        end as cost_nano,
        weight_nano as list_cost_nano
    from uses_judged
)

select * from final

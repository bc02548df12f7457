{{ config(materialized='view') }}

with int_cost_attributed_to_events as (
    select * from {{ ref('int_cost_attributed_to_events') }}
),

int_cost_attributed_to_nobody as (
    select * from {{ ref('int_cost_attributed_to_nobody') }}
),

int_cost_without_bill as (
    select * from {{ ref('int_cost_without_bill') }}
),

all_rows as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        'llm' as cost_kind,
        basis,
        feature_id,
        app_customer_id,
        status,
        method,
        cost_nano,
        list_cost_nano
    from int_cost_attributed_to_events
    union all
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        cost_kind,
        basis,
        feature_id,
        app_customer_id,
        status,
        method,
        cost_nano,
        list_cost_nano
    from int_cost_attributed_to_nobody
    union all
    select
        provider_cost_id,
        cost_date,
        provider,
        cast(null as {{ dbt.type_string() }}) as source_account,
        project_id,
        api_key_id,
        '__no_bill__' as line_item,
        model_id,
        'llm' as cost_kind,
        'estimated' as basis,
        feature_id,
        app_customer_id,
        status,
        'no_bill' as method,
        cost_nano,
        list_cost_nano
    from int_cost_without_bill
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        cost_kind,
        basis,
        feature_id,
        app_customer_id,
        status,
        method,
        {{ from_nano('cost_nano') }} as cost_usd,
        {{ from_nano('list_cost_nano') }} as list_cost_usd
    from all_rows
)

select * from final

with stg_focus__charges as (
    select * from {{ ref('stg_focus__charges') }}
),

int_focus__providers as (
    select * from {{ ref('int_focus__providers') }}
),

providers_named as (
    select
        stg_focus__charges.*,
        int_focus__providers.provider as billing_provider,
        -- What Google Cloud bills for a model, calls know as Google's; our own export says it at once.
        case
            when stg_focus__charges.stated_line_item is null
                then
                    stg_focus__charges.llm_model is not null
                    and stg_focus__charges.llm_token_kind <> 'other'
            else lower(stg_focus__charges.provider_name) = 'google'
        end as is_of_a_model
    from stg_focus__charges
    inner join int_focus__providers
        on stg_focus__charges.provider_name = int_focus__providers.provider_name
),

final as (
    select
        source_account,
        statement_id as day_statement_id,
        case
            when billing_provider = 'gcp' and is_of_a_model
                then concat(statement_id, ':models')
            else statement_id
        end as statement_id,
        line_number,
        case
            when billing_provider = 'gcp' and is_of_a_model then 'google'
            else billing_provider
        end as provider,
        publisher_name,
        billing_account_id,
        sub_account_id,
        api_key_id,
        invoice_id,
        service_category,
        service_name,
        usage_type,
        region,
        charge_category,
        charge_class,
        llm_model,
        llm_token_kind,
        stated_line_item,
        stated_cost_kind,
        stated_basis,
        billed_cost,
        list_cost,
        billing_currency,
        quantity,
        unit
    from providers_named
)

select * from final

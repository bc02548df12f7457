with int_focus__charges as (
    select * from {{ ref('int_focus__charges') }}
),

-- A line is called so that all that it bills is of one service, region and category; a line of a
-- hosted model as the other bills of models are: `Claude4.6Sonnet, input, us-east-1`.
lines_named as (
    select
        *,
        case
            when llm_model is not null and llm_token_kind <> 'other'
                then concat(llm_model, ', ', llm_token_kind)
            else concat(
                coalesce(service_name, '__unknown__'),
                case when usage_type is not null then concat(': ', usage_type) else '' end
            )
        end as what_is_billed
    from int_focus__charges
),

final as (
    select
        provider,
        source_account,
        statement_id,
        line_number,
        sub_account_id as project_id,
        api_key_id,
        coalesce(
            stated_line_item,
            concat(
                what_is_billed,
                case when region is not null then concat(', ', region) else '' end,
                case
                    when charge_category <> 'Usage' then concat(', ', charge_category)
                    else ''
                end,
                case when charge_class is not null then concat(', ', charge_class) else '' end
            )
        ) as line_item,
        billed_cost as amount,
        billing_currency as currency,
        unit,
        cast(quantity as decimal(38, 9)) as quantity,
        list_cost as list_amount,
        billing_account_id,
        case
            -- AWS sells some models as services of their own, which are all Bedrock's.
            when lower(service_name) like '%(amazon bedrock edition)%' then 'Amazon Bedrock'
            -- Our own export names the publisher where no one service is known.
            when stated_line_item is null or service_name <> publisher_name then service_name
        end as service,
        region,
        charge_category,
        case
            when stated_cost_kind in ('llm', 'infrastructure', 'observability', 'other')
                then stated_cost_kind
            when llm_token_kind is not null then 'llm'
            when
                service_category
                not in ('AI and Machine Learning', 'Business Applications', 'Other')
                then 'infrastructure'
        end as stated_kind,
        coalesce(stated_basis, 'billed') as basis,
        invoice_id is not null as is_final
    from lines_named
)

select * from final

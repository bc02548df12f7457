with stg_custom__rows as (
    select * from {{ ref('stg_custom__rows') }}
),

stg_custom__days as (
    select * from {{ ref('stg_custom__days') }}
),

-- A line without words of its own is called by what it bills: `gpt-4o, input`.
final as (
    select
        stg_custom__rows.provider,
        stg_custom__rows.source_account,
        stg_custom__rows.statement_id,
        stg_custom__rows.line_number,
        stg_custom__rows.project_id,
        stg_custom__rows.api_key_id,
        coalesce(
            stg_custom__rows.line_item,
            case
                when stg_custom__rows.model is not null
                    then concat(
                        stg_custom__rows.model,
                        case
                            when stg_custom__rows.token_type is not null
                                then concat(', ', stg_custom__rows.token_type)
                            else ''
                        end
                    )
            end,
            stg_custom__rows.service
        ) as line_item,
        stg_custom__rows.amount,
        stg_custom__rows.currency,
        stg_custom__rows.unit,
        cast(stg_custom__rows.quantity as decimal(38, 9)) as quantity,
        stg_custom__rows.list_amount,
        stg_custom__rows.billing_account_id,
        stg_custom__rows.service,
        stg_custom__rows.region,
        stg_custom__rows.charge_category,
        stg_custom__rows.basis,
        stg_custom__rows.is_final
    from stg_custom__rows
    inner join stg_custom__days
        on
            stg_custom__rows.source_account = stg_custom__days.source_account
            and stg_custom__rows.statement_id = stg_custom__days.statement_id
    where stg_custom__days.has_cost
)

select * from final

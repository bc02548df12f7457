with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

int_cost_lines_given_way as (
    select * from {{ ref('int_cost_lines_given_way') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

lines_in_usd as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.statement_id,
        int_cost_statement_lines.project_id,
        int_cost_statement_lines.api_key_id,
        coalesce(int_cost_statement_lines.line_item, '__unknown__') as line_item,
        int_cost_statement_lines.billing_account_id,
        int_cost_statement_lines.service,
        int_cost_statement_lines.region,
        int_cost_statement_lines.charge_category,
        int_cost_statement_lines.stated_kind,
        int_cost_statement_lines.unit,
        int_cost_statement_lines.quantity,
        int_cost_statement_lines.currency,
        int_cost_statement_lines.amount,
        int_cost_statement_lines.list_amount,
        coalesce(int_cost_statement_lines.basis, 'billed') as basis,
        coalesce(
            int_cost_statement_lines.is_final, {{ is_final_day('int_bill_statements.cost_date') }}
        ) as is_final,
        {{ convert_to_usd(
            'int_cost_statement_lines.list_amount',
            'int_cost_statement_lines.currency',
            'int_exchange_rates.usd_per_unit'
        ) }} as list_cost_usd,
        {{ convert_to_usd(
            'int_cost_statement_lines.amount',
            'int_cost_statement_lines.currency',
            'int_exchange_rates.usd_per_unit'
        ) }} as amount_usd
    from int_bill_statements
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    left join int_exchange_rates
        on
            lower(int_cost_statement_lines.currency) = int_exchange_rates.currency
            and int_bill_statements.cost_date >= int_exchange_rates.valid_from
            and int_bill_statements.cost_date < {{ until('int_exchange_rates.valid_to') }}
    left join int_cost_lines_given_way as given_way
        on
            int_cost_statement_lines.source_account = given_way.source_account
            and int_cost_statement_lines.statement_id = given_way.statement_id
            and int_cost_statement_lines.line_number = given_way.line_number
    where given_way.statement_id is null
),

final as (
    select
        provider,
        source_account,
        statement_id,
        project_id,
        api_key_id,
        line_item,
        -- What the parts of a line do not agree in, the line does not say.
        {{ if_all_agree('billing_account_id') }} as billing_account_id,
        {{ if_all_agree('service') }} as service,
        {{ if_all_agree('region') }} as region,
        {{ if_all_agree('charge_category') }} as charge_category,
        {{ if_all_agree('stated_kind') }} as stated_kind,
        {{ if_all_agree('unit') }} as unit,
        case
            when count(unit) = 0 or {{ if_all_agree('unit') }} is not null then sum(quantity)
        end as quantity,
        {{ if_all_agree('lower(currency)') }} as native_currency,
        case
            when count(*) = count(amount) and {{ if_all_agree('lower(currency)') }} is not null
                then {{ to_money('sum(amount)') }}
        end as native_amount,
        case
            when count(*) = count(list_cost_usd) then {{ to_money('sum(list_cost_usd)') }}
        end as list_cost_usd,
        max(basis) as basis,
        min(case when is_final then 1 else 0 end) = 1 as is_final,
        -- Rounded once, after the parts of a line are summed; a part in a currency without a rate
        -- makes the line unknown, not smaller.
        case
            when count(*) = count(amount_usd) then {{ to_money('sum(amount_usd)') }}
        end as billed_usd
    from lines_in_usd
    group by
        provider,
        source_account,
        statement_id,
        project_id,
        api_key_id,
        line_item
)

select * from final

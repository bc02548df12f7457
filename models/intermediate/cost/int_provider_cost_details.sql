with int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_bill_lines as (
    select * from {{ ref('int_bill_lines') }}
),

lines_named as (
    select
        int_bill_lines.*,
        int_bill_statements.cost_date,
        int_bill_statements.is_last,
        row_number() over (
            partition by
                int_bill_statements.source_account,
                int_bill_statements.scope,
                int_bill_statements.cost_date,
                int_bill_lines.project_id,
                int_bill_lines.api_key_id,
                int_bill_lines.line_item
            order by int_bill_statements.statement_number desc
        ) as newest_first
    from int_bill_lines
    inner join int_bill_statements
        on
            int_bill_lines.source_account = int_bill_statements.source_account
            and int_bill_lines.statement_id = int_bill_statements.statement_id
),

-- What a line is, the newest statement that names it says; what it bills, only the last of its day:
-- a line that was restated away bills nothing, and its day is as final as days are.
final as (
    select
        provider,
        source_account,
        cost_date,
        project_id,
        api_key_id,
        line_item,
        {{ if_all_agree('billing_account_id') }} as billing_account_id,
        {{ if_all_agree('service') }} as service,
        {{ if_all_agree('region') }} as region,
        {{ if_all_agree('charge_category') }} as charge_category,
        {{ if_all_agree('stated_kind') }} as stated_kind,
        {{ if_all_agree('unit') }} as unit,
        {{ if_all_agree('native_currency') }} as native_currency,
        case
            when
                {{ if_all_agree('native_currency') }} is not null
                and max(case when is_last and native_amount is null then 1 else 0 end) = 0
                then cast(sum(case when is_last then native_amount else 0 end) as decimal(38, 9))
        end as native_amount,
        case
            when max(case when is_last and list_cost_usd is null then 1 else 0 end) = 0
                then cast(sum(case when is_last then list_cost_usd else 0 end) as decimal(38, 9))
        end as list_cost_usd,
        max(basis) as basis, -- an estimate among them makes an estimate of all
        min(
            case
                when is_last and is_final then 1
                when not is_last and {{ is_final_day('cost_date') }} then 1
                else 0
            end
        ) = 1 as is_final
    from lines_named
    where newest_first = 1
    group by
        provider,
        source_account,
        cost_date,
        project_id,
        api_key_id,
        line_item
)

select * from final

with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_provider_usage as (
    select * from {{ ref('fct_provider_usage') }}
),

int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_cost_control_totals as (
    select * from {{ ref('int_cost_control_totals') }}
),

int_bill_days_given_way as (
    select * from {{ ref('int_bill_days_given_way') }}
),

billed as (
    select
        provider,
        source_account,
        cost_date,
        case when count(*) = count(billed_usd) then sum(billed_usd) end as billed_usd,
        sum(case when cost_kind = 'llm' and pool <> 'other' then billed_usd else 0 end)
            as billed_for_tokens_usd,
        count(*) as lines,
        sum(case when is_final then 0 else 1 end) as open_lines
    from fct_provider_costs
    group by
        provider,
        source_account,
        cost_date
),

-- Days that are stated have a row, also where nothing is billed.
stated as (
    select
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.cost_date,
        cast(
            sum(
                case
                    when int_cost_control_totals.currency = 'usd'
                        then int_cost_control_totals.control_amount
                end
            ) as decimal(38, 9)
        ) as control_usd,
        sum(coalesce(int_cost_control_totals.unreadable_lines, 0)) as unreadable_lines
    from int_bill_statements
    left join int_cost_control_totals
        on
            int_bill_statements.source_account = int_cost_control_totals.source_account
            and int_bill_statements.statement_id = int_cost_control_totals.statement_id
    where int_bill_statements.is_last
    group by
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.cost_date
),

reported as (
    select
        provider,
        source_account,
        usage_date,
        case when count(*) = count(list_cost_usd) then sum(list_cost_usd) end as reported_list_usd
    from fct_provider_usage
    group by
        provider,
        source_account,
        usage_date
),

-- What another bill of the account says is read and tied all the same, though it is in no sum.
given_way as (
    select
        provider,
        source_account,
        cost_date,
        sum(case when currency = 'usd' then amount end) as amount_usd
    from int_bill_days_given_way
    group by
        provider,
        source_account,
        cost_date
),

final as (
    select
        stated.provider,
        stated.source_account,
        stated.cost_date,
        cast(
            case when billed.lines is null then 0 else billed.billed_usd end as decimal(38, 9)
        ) as billed_usd,
        stated.control_usd,
        cast(
            coalesce(billed.billed_usd, 0) + coalesce(given_way.amount_usd, 0)
            - stated.control_usd as decimal(38, 9)
        ) as difference_usd,
        -- each line is rounded to the nano-dollar, the total once
        abs(
            coalesce(billed.billed_usd, 0) + coalesce(given_way.amount_usd, 0)
            - stated.control_usd
        ) <= 0.000001 as is_tied,
        cast(stated.unreadable_lines as bigint) as unreadable_lines,
        cast(coalesce(billed.billed_for_tokens_usd, 0) as decimal(38, 9)) as billed_for_tokens_usd,
        cast(reported.reported_list_usd as decimal(38, 9)) as reported_list_usd,
        case
            when given_way.cost_date is null
                then {{ exact_divide(
                    'billed.billed_for_tokens_usd', 'reported.reported_list_usd'
                ) }}
        end as billed_to_reported_ratio,
        coalesce(billed.open_lines, 0) = 0 and {{ is_final_day('stated.cost_date') }} as is_final,
        {{ is_running_day('stated.cost_date') }} as is_provisional
    from stated
    left join billed
        on
            stated.provider = billed.provider
            and stated.source_account = billed.source_account
            and stated.cost_date = billed.cost_date
    left join given_way
        on
            stated.provider = given_way.provider
            and stated.source_account = given_way.source_account
            and stated.cost_date = given_way.cost_date
    left join reported
        on
            stated.provider = reported.provider
            and stated.source_account = reported.source_account
            and stated.cost_date = reported.usage_date
)

select * from final

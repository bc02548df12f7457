with fct_other_costs as (
    select * from {{ ref('fct_other_costs') }}
),

fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_payment_fees as (
    select * from {{ ref('fct_payment_fees') }}
),

fct_bad_debts as (
    select * from {{ ref('fct_bad_debts') }}
),

dim_utc_days as (
    select * from {{ ref('dim_utc_days') }}
),

kinds_billed as (
    select distinct
        {{ month_of('cost_date') }} as month,
        cost_kind
    from fct_provider_costs
    where cost_kind <> 'llm'
),

-- Where a bill is loaded, it says what a kind of cost came to in a month, not the seed.
seeded_months as (
    select
        {{ month_of('fct_other_costs.month') }} as month,
        {{ dbt.dateadd('month', 1, month_of('fct_other_costs.month')) }} as next_month,
        case
            when fct_other_costs.category = 'infrastructure' then 'infrastructure' else 'other'
        end as cost_kind,
        fct_other_costs.amount_usd
    from fct_other_costs
    left join kinds_billed
        on
            {{ month_of('fct_other_costs.month') }} = kinds_billed.month
            and case
                when fct_other_costs.category = 'infrastructure' then 'infrastructure' else 'other'
            end = kinds_billed.cost_kind
    where kinds_billed.month is null
),

-- A month's amount falls on its days evenly; the days to date add up to the part to date.
seeded_days as (
    select
        dim_utc_days.day as date,
        seeded_months.cost_kind,
        seeded_months.amount_usd,
        {{ days_between('seeded_months.month', 'dim_utc_days.day') }} as days_before,
        {{ days_between('seeded_months.month', 'seeded_months.next_month') }} as days_of_month
    from seeded_months
    inner join dim_utc_days
        on
            seeded_months.month <= dim_utc_days.day
            and seeded_months.next_month > dim_utc_days.day
            and dim_utc_days.day < {{ revenue_horizon() }}
),

amounts as (
    select
        date,
        cost_kind,
        {{ exact_divide('amount_usd * (days_before + 1)', 'days_of_month') }}
        - {{ exact_divide('amount_usd * days_before', 'days_of_month') }} as cost_usd
    from seeded_days
    union all
    select
        cost_date as date,
        cost_kind,
        billed_usd as cost_usd
    from fct_provider_costs
    where cost_kind <> 'llm'
    union all
    select
        fee_date as date,
        'payment_fees' as cost_kind,
        fee_usd as cost_usd
    from fct_payment_fees
    union all
    select
        bad_debt_date as date,
        'bad_debt' as cost_kind,
        bad_debt_usd as cost_usd
    from fct_bad_debts
),

final as (
    select
        date,
        cost_kind,
        cast(coalesce(sum(cost_usd), 0) as decimal(38, 9)) as cost_usd,
        -- An amount in a currency without a rate is not in the sum.
        count(*) - count(cost_usd) as unvalued
    from amounts
    group by
        date,
        cost_kind
)

select * from final

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

-- What providers bill that is no AI.
bills as (
    select
        {{ month_of('cost_date') }} as month,
        cost_kind,
        billed_usd as cost_usd
    from fct_provider_costs
    where cost_kind <> 'llm'
),

kinds_billed as (
    select distinct
        month,
        cost_kind
    from bills
),

other_costs as (
    select
        {{ month_of('month') }} as month,
        case when category = 'infrastructure' then 'infrastructure' else 'other' end as cost_kind,
        amount_to_date_usd as cost_usd
    from fct_other_costs
    where {{ month_of('month') }} < {{ revenue_horizon() }}
),

-- Where a bill is loaded, it says what a kind of cost came to in a month, not the seed.
seeded as (
    select other_costs.*
    from other_costs
    left join kinds_billed
        on
            other_costs.month = kinds_billed.month
            and other_costs.cost_kind = kinds_billed.cost_kind
    where kinds_billed.month is null
),

amounts as (
    select * from seeded
    union all
    select * from bills
    union all
    select
        {{ month_of('fee_date') }} as month,
        'payment_fees' as cost_kind,
        fee_usd as cost_usd
    from fct_payment_fees
    union all
    select
        {{ month_of('bad_debt_date') }} as month,
        'bad_debt' as cost_kind,
        bad_debt_usd as cost_usd
    from fct_bad_debts
),

final as (
    select
        month,
        cost_kind,
        cast(coalesce(sum(cost_usd), 0) as decimal(38, 9)) as cost_usd,
        -- An amount in a currency without a rate is not in the sum.
        count(*) - count(cost_usd) as unvalued
    from amounts
    group by
        month,
        cost_kind
)

select * from final

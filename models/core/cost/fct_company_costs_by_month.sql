with fct_other_costs as (
    select * from {{ ref('fct_other_costs') }}
),

fct_payment_fees as (
    select * from {{ ref('fct_payment_fees') }}
),

fct_bad_debts as (
    select * from {{ ref('fct_bad_debts') }}
),

amounts as (
    select
        {{ month_of('month') }} as month,
        case when category = 'infrastructure' then 'infrastructure' else 'other' end as cost_kind,
        amount_to_date_usd as cost_usd
    from fct_other_costs
    where {{ month_of('month') }} < {{ revenue_horizon() }}
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

with int_mrr_ledger as (
    select * from {{ ref('int_mrr_ledger') }}
),

plan_days as (
    select
        customer_id,
        product_id,
        ledger_date,
        sum(fx_change) as fx_change,
        -sum(paused_change) as pause_change,
        sum(own_change + paused_change) as rest_change
    from int_mrr_ledger
    group by
        customer_id,
        product_id,
        ledger_date
),

changes as (
    select
        customer_id,
        product_id,
        ledger_date,
        'rest' as change_kind,
        cast(rest_change as decimal(38, 9)) as plan_change
    from plan_days
    where rest_change <> 0
    union all
    select
        customer_id,
        product_id,
        ledger_date,
        'pause' as change_kind,
        cast(pause_change as decimal(38, 9)) as plan_change
    from plan_days
    where pause_change <> 0
),

compared as (
    select
        *,
        sum(plan_change) over (partition by customer_id, ledger_date, change_kind) as net_change,
        sum(greatest(plan_change, 0)) over (partition by customer_id, ledger_date, change_kind)
            as gained,
        sum(least(plan_change, 0)) over (partition by customer_id, ledger_date, change_kind)
            as lost
    from changes
),

-- What goes the customer's own way shares its net change by weight; what goes against it has moved.
shared as (
    select
        *,
        cast(case
            when net_change = 0 or sign(plan_change) <> sign(net_change) then 0
            when gained = 0 or lost = 0 then plan_change
            else {{ share_of(
                'net_change', 'plan_change', 'case when net_change > 0 then gained else lost end'
            ) }}
        end as decimal(38, 9)) as plan_share,
        row_number() over (
            partition by customer_id, ledger_date, change_kind
            order by
                case when sign(plan_change) = sign(net_change) then 0 else 1 end,
                abs(plan_change) desc,
                {{ in_byte_order('product_id') }}
        ) as place
    from compared
),

-- The last unit that rounding leaves goes to the largest.
completed as (
    select
        *,
        net_change - sum(plan_share) over (partition by customer_id, ledger_date, change_kind)
            as left_over
    from shared
),

final as (
    select
        customer_id,
        product_id,
        ledger_date,
        change_kind,
        cast(plan_share + case when place = 1 then left_over else 0 end as decimal(38, 9))
            as own_change,
        cast(
            plan_change - plan_share - case when place = 1 then left_over else 0 end
            as decimal(38, 9)
        ) as moved_change
    from completed
    union all
    select
        customer_id,
        product_id,
        ledger_date,
        'fx' as change_kind,
        cast(fx_change as decimal(38, 9)) as own_change,
        cast(0 as decimal(38, 9)) as moved_change
    from plan_days
    where fx_change <> 0
)

select * from final

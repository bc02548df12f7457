with int_mrr_plan_changes as (
    select * from {{ ref('int_mrr_plan_changes') }}
),

fct_mrr_movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

-- A customer's day has at most one movement of each kind of change.
kinds_of_movements as (
    select
        customer_id,
        movement_date,
        movement_type,
        reason,
        case when movement_type in ('pause', 'resume') then 'pause' else 'rest' end as change_kind
    from fct_mrr_movements
    where movement_type <> 'fx'
),

all_movements as (
    select
        changes.customer_id,
        changes.product_id,
        changes.ledger_date,
        kinds_of_movements.movement_type,
        changes.own_change as mrr_change,
        kinds_of_movements.reason
    from int_mrr_plan_changes as changes
    inner join kinds_of_movements
        on
            changes.customer_id = kinds_of_movements.customer_id
            and changes.ledger_date = kinds_of_movements.movement_date
            and changes.change_kind = kinds_of_movements.change_kind
    where changes.own_change <> 0
    union all
    select
        customer_id,
        product_id,
        ledger_date,
        'fx' as movement_type,
        own_change as mrr_change,
        'exchange_rate' as reason
    from int_mrr_plan_changes
    where change_kind = 'fx'
    union all
    select
        customer_id,
        product_id,
        ledger_date,
        case when sum(moved_change) > 0 then 'moved_in' else 'moved_out' end as movement_type,
        sum(moved_change) as mrr_change,
        'other_plan' as reason
    from int_mrr_plan_changes
    group by
        customer_id,
        product_id,
        ledger_date
    having sum(moved_change) <> 0
),

final as (
    select
        customer_id,
        product_id,
        ledger_date as movement_date,
        movement_type,
        cast(mrr_change as decimal(38, 9)) as mrr_change,
        '{{ report_currency() }}' as currency,
        reason
    from all_movements
)

select * from final

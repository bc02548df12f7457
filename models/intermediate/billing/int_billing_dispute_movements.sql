with all_vendors as (
    {{ union_of_vendors('dispute_movements') }}
),

int_billing_disputes as (
    select * from {{ ref('int_billing_disputes') }}
),

moved_by_vendors as (
    select distinct dispute_id
    from all_vendors
),

-- Where a vendor does not list them, money goes once and comes back once.
disputes_alone as (
    select int_billing_disputes.*
    from int_billing_disputes
    left join moved_by_vendors
        on int_billing_disputes.dispute_id = moved_by_vendors.dispute_id
    where moved_by_vendors.dispute_id is null
),

movements as (
    select
        dispute_id,
        movement_type,
        movement_number,
        balance_transaction_id,
        currency,
        amount,
        fee_currency,
        fee_amount,
        moved_at
    from all_vendors
    where movement_type in ('withdrawn', 'reinstated')
    union all
    select
        dispute_id,
        'withdrawn' as movement_type,
        1 as movement_number,
        cast(null as {{ dbt.type_string() }}) as balance_transaction_id,
        currency,
        withdrawn_amount as amount,
        fee_currency,
        fee_amount,
        coalesce(withdrawn_at, created_at) as moved_at
    from disputes_alone
    where is_chargeback
    union all
    select
        dispute_id,
        'reinstated' as movement_type,
        1 as movement_number,
        cast(null as {{ dbt.type_string() }}) as balance_transaction_id,
        currency,
        reinstated_amount as amount,
        fee_currency,
        cast(0 as decimal(38, 9)) as fee_amount,
        won_at as moved_at
    from disputes_alone
    where won_at is not null
),

final as (
    select
        int_billing_disputes.billing_provider,
        int_billing_disputes.source_account,
        movements.dispute_id,
        movements.movement_type,
        movements.movement_number,
        case
            when movements.movement_number = 1 then movements.dispute_id
            else
                movements.dispute_id || ':'
                || cast(movements.movement_number as {{ dbt.type_string() }})
        end as dispute_movement_id,
        movements.balance_transaction_id,
        int_billing_disputes.payment_id,
        int_billing_disputes.invoice_id,
        int_billing_disputes.customer_id,
        movements.currency,
        movements.amount,
        movements.fee_currency,
        movements.fee_amount,
        movements.moved_at
    from movements
    inner join int_billing_disputes
        on movements.dispute_id = int_billing_disputes.dispute_id
)

select * from final

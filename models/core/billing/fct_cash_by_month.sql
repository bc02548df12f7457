with fct_cash_movements as (
    select * from {{ ref('fct_cash_movements') }}
),

movements_named as (
    select
        cast({{ month_of('movement_date') }} as date) as month,
        amount,
        case when movement_type = 'dispute_won' then 'dispute' else movement_type end
            as movement_type
    from fct_cash_movements
),

final as (
    select
        month,
        {{ sum_of_type('amount', 'movement_type', 'payment') }} as cash_collected,
        -{{ sum_of_type('amount', 'movement_type', 'refund') }} as refunds,
        -{{ sum_of_type('amount', 'movement_type', 'dispute') }} as disputes,
        -{{ sum_of_type('amount', 'movement_type', 'fee') }} as fees
    from movements_named
    group by month
)

select * from final

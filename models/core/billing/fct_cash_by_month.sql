with fct_cash_movements as (
    select * from {{ ref('fct_cash_movements') }}
),

final as (
    select
        cast({{ month_of('movement_date') }} as date) as month,
        {{ sum_of_type('amount', 'movement_type', 'payment') }} as cash_collected,
        cast(-1 * {{ sum_of_type('amount', 'movement_type', 'refund') }} as decimal(38, 9))
            as refunds,
        cast(
            -1 * (
                {{ sum_of_type('amount', 'movement_type', 'dispute') }}
                + {{ sum_of_type('amount', 'movement_type', 'dispute_won') }}
            ) as decimal(38, 9)
        ) as disputes,
        cast(-1 * {{ sum_of_type('amount', 'movement_type', 'fee') }} as decimal(38, 9)) as fees
    from fct_cash_movements
    group by {{ month_of('movement_date') }}
)

select * from final

with charge_refunds as (
    {{ children_of_newest('stripe', 'charge_refunds', 'charges') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        charge_refunds.source_account,
        charge_refunds.id as refund_id,
        charge_refunds._root_id as charge_id,
        charge_refunds.status as refund_status,
        charge_refunds.reason,
        lower(charge_refunds.currency) as currency,
        {{ to_major_units('charge_refunds.amount', 'currency_exponents.exponent') }} as amount,
        charge_refunds.created as created_at
    from charge_refunds
    left join currency_exponents
        on lower(charge_refunds.currency) = currency_exponents.currency
)

select * from final

with polar_payments as (
    select * from {{ ref('stg_polar__payments') }}
),

polar_orders as (
    select * from {{ ref('stg_polar__orders') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        payments.source_account,
        payments.payment_id,
        polar_orders.customer_id,
        payments.invoice_id,
        cast(1 as bigint) as invoice_count,
        case
            when payments.status in ('succeeded', 'failed') then payments.status
            else 'pending'
        end as payment_status,
        coalesce(payments.status = 'succeeded', false) as is_collected,
        payments.decline_reason as failure_code,
        payments.currency,
        {{ to_major_units('payments.amount_minor', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units(
            "case when payments.status = 'succeeded' then payments.amount_minor else 0 end",
            'currency_exponents.exponent'
        ) }} as amount_collected,
        payments.created_at
    from polar_payments as payments
    left join polar_orders
        on payments.invoice_id = polar_orders.invoice_id
    left join currency_exponents
        on payments.currency = currency_exponents.currency
)

select * from final

with polar_orders as (
    select * from {{ ref('stg_polar__orders') }}
),

int_polar__payments as (
    select * from {{ ref('int_polar__payments') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

payments_summed as (
    select
        invoice_id,
        count(*) as attempt_count,
        sum(amount_collected) as amount_paid,
        max(case when is_collected then created_at end) as paid_at
    from int_polar__payments
    group by invoice_id
),

orders_stated as (
    select
        *,
        case
            when status in ('paid', 'refunded', 'partially_refunded') then 'paid'
            when status = 'void' then 'void'
            when status = 'draft' then 'draft'
            else 'open'
        end as invoice_status
    from polar_orders
),

final as (
    select
        orders.source_account,
        orders.invoice_id,
        orders.invoice_number,
        orders.customer_id,
        orders.subscription_id,
        orders.invoice_status,
        case
            when orders.billing_reason = 'purchase' then 'manual'
            when orders.billing_reason = 'subscription_meter_cycle' then 'subscription_cycle'
            else orders.billing_reason
        end as billing_reason,
        'charge_automatically' as collection_method,
        coalesce(payments_summed.attempt_count, 0) as attempt_count,
        false as is_deleted,
        orders.currency,
        {{ to_major_units('orders.subtotal_minor', 'currency_exponents.exponent') }} as subtotal,
        {{ to_major_units('orders.tax_minor', 'currency_exponents.exponent') }} as tax_amount,
        {{ to_major_units('orders.total_minor', 'currency_exponents.exponent') }} as total,
        {{ to_major_units('orders.due_minor', 'currency_exponents.exponent') }} as amount_due,
        coalesce(payments_summed.amount_paid, cast(0 as decimal(38, 9))) as amount_paid,
        {{ to_major_units(
            "case when orders.invoice_status = 'open' then orders.due_minor else 0 end",
            'currency_exponents.exponent'
        ) }} as amount_remaining,
        orders.created_at,
        case when orders.invoice_status <> 'draft' then orders.created_at end as finalized_at,
        case
            when orders.invoice_status = 'paid'
                then coalesce(payments_summed.paid_at, orders.created_at)
        end as paid_at,
        case
            when orders.invoice_status = 'void'
                then coalesce(orders.modified_at, orders.created_at)
        end as voided_at,
        orders.next_payment_attempt_at,
        orders.observed_at
    from orders_stated as orders
    left join payments_summed
        on orders.invoice_id = payments_summed.invoice_id
    left join currency_exponents
        on orders.currency = currency_exponents.currency
)

select * from final

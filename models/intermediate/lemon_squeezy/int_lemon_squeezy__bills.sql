with lemon_squeezy_invoices as (
    select * from {{ ref('stg_lemon_squeezy__subscription_invoices') }}
),

lemon_squeezy_orders as (
    select * from {{ ref('stg_lemon_squeezy__orders') }}
),

bills_of_subscriptions as (
    select * from {{ ref('int_lemon_squeezy__bills_of_subscriptions') }}
),

orders_of_subscriptions as (
    select distinct order_id
    from bills_of_subscriptions
),

-- The order that a subscription began with is billed by the subscription's first invoice.
final as (
    select
        source_account,
        invoice_id,
        cast(null as {{ dbt.type_string() }}) as invoice_number,
        customer_id,
        subscription_id,
        case billing_reason
            when 'initial' then 'subscription_create'
            when 'renewal' then 'subscription_cycle'
            else 'subscription_update'
        end as billing_reason,
        case
            when status in ('paid', 'refunded', 'partial_refund') then 'paid'
            when status = 'void' then 'void'
            else 'open'
        end as invoice_status,
        currency,
        subtotal_minor,
        tax_minor,
        total_minor,
        refunded_minor,
        coalesce(refunded_at, updated_at, created_at) as refunded_at,
        created_at,
        coalesce(updated_at, created_at) as updated_at,
        paid_at,
        observed_at
    from lemon_squeezy_invoices
    union all
    select
        orders.source_account,
        orders.order_id || '/order' as invoice_id,
        orders.order_number as invoice_number,
        orders.customer_id,
        cast(null as {{ dbt.type_string() }}) as subscription_id,
        'manual' as billing_reason,
        case
            when orders.status in ('paid', 'refunded', 'partial_refund') then 'paid'
            when orders.status in ('failed', 'fraudulent') then 'void'
            else 'open'
        end as invoice_status,
        orders.currency,
        orders.subtotal_minor,
        orders.tax_minor,
        orders.total_minor,
        orders.refunded_minor,
        coalesce(orders.refunded_at, orders.updated_at, orders.created_at) as refunded_at,
        orders.created_at,
        coalesce(orders.updated_at, orders.created_at) as updated_at,
        orders.created_at as paid_at,
        orders.observed_at
    from lemon_squeezy_orders as orders
    left join orders_of_subscriptions
        on orders.order_id = orders_of_subscriptions.order_id
    where orders_of_subscriptions.order_id is null
)

select * from final

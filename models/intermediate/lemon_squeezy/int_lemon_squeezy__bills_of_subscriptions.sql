with lemon_squeezy_subscriptions as (
    select * from {{ ref('stg_lemon_squeezy__subscription_history') }}
    where is_newest
),

lemon_squeezy_stores as (
    select * from {{ ref('stg_lemon_squeezy__stores') }}
),

lemon_squeezy_invoices as (
    select * from {{ ref('stg_lemon_squeezy__subscription_invoices') }}
    where status <> 'void' and total_minor > 0
),

invoices_ranked as (
    select
        *,
        min(created_at) over (partition by subscription_id) as first_billed_at,
        row_number() over (
            partition by subscription_id
            order by
                case when billing_reason = 'updated' then 1 else 0 end,
                created_at desc,
                invoice_id desc
        ) as recency
    from lemon_squeezy_invoices
),

-- A subscription does not say its currency, nor whether tax is inside its price: its bills do.
final as (
    select
        subscriptions.source_account,
        subscriptions.subscription_id,
        subscriptions.order_id,
        subscriptions.product_id,
        stores.currency as store_currency,
        coalesce(invoices.currency, stores.currency) as currency,
        coalesce(invoices.is_tax_inclusive, false) as is_tax_inclusive,
        -- what was converted for the customer has its price on the bill alone
        case when invoices.currency <> stores.currency then invoices.subtotal_minor end
            as converted_minor,
        invoices.first_billed_at
    from lemon_squeezy_subscriptions as subscriptions
    left join lemon_squeezy_stores as stores
        on subscriptions.store_id = stores.store_id
    left join invoices_ranked as invoices
        on
            subscriptions.subscription_id = invoices.subscription_id
            and invoices.recency = 1
)

select * from final

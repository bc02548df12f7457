with invoice_items as (
    {{ newest_versions('stripe', 'invoice_items') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        -- keys
        invoice_items.source_account,
        invoice_items.id as invoice_item_id,
        invoice_items.invoice as invoice_id,
        invoice_items.customer as customer_id,
        coalesce(
            invoice_items.subscription, invoice_items.parent__subscription_details__subscription
        ) as subscription_id,
        {{ stripe_price_key(
            'coalesce(invoice_items.pricing__price_details__price, invoice_items.price)'
        ) }} as price_id,
        {{ stripe_product_key(
            'coalesce(invoice_items.pricing__price_details__product, invoice_items.price__product)'
        ) }} as product_id,
        -- facts
        invoice_items.description,
        lower(invoice_items.currency) as currency,
        {{ to_major_units('invoice_items.amount', 'currency_exponents.exponent') }} as amount,
        invoice_items.quantity,
        coalesce(invoice_items.proration, false) as is_proration,
        invoice_items.livemode as is_livemode,
        -- times
        invoice_items.date as invoiced_at,
        invoice_items.period__start as period_start_at,
        invoice_items.period__end as period_end_at,
        invoice_items._observed_at as observed_at,
        invoice_items._deleted_at as deleted_at,
        invoice_items._deleted_at is not null as is_deleted
    from invoice_items
    left join currency_exponents
        on lower(invoice_items.currency) = currency_exponents.currency
)

select * from final

with paddle_lines as (
    select * from {{ ref('stg_paddle__transaction_lines') }}
),

paddle_transactions as (
    select * from {{ ref('stg_paddle__transactions') }}
),

paddle_transaction_items as (
    select * from {{ ref('stg_paddle__transaction_items') }}
),

paddle_prices as (
    select * from {{ ref('stg_paddle__prices') }}
),

paddle_subscription_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
),

-- The price as the transaction holds it; where it holds none, as the list does, or a subscription.
terms_known as (
    select
        invoice_id,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        tax_mode,
        1 as preference,
        observed_at
    from paddle_transaction_items
    union all
    select
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        tax_mode,
        2 as preference,
        observed_at
    from paddle_prices
    union all
    select
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        tax_mode,
        3 as preference,
        observed_at
    from paddle_subscription_items
),

terms_ranked as (
    select
        paddle_lines.invoice_line_id,
        terms_known.product_id,
        terms_known.currency,
        terms_known.unit_amount_minor,
        terms_known.billing_interval,
        terms_known.billing_interval_count,
        terms_known.tax_mode,
        terms_known.preference = 1 as is_own,
        row_number() over (
            partition by paddle_lines.invoice_line_id
            order by terms_known.preference asc, terms_known.observed_at desc
        ) as terms_rank
    from paddle_lines
    inner join terms_known
        on
            paddle_lines.list_price_id = terms_known.list_price_id
            and paddle_lines.invoice_id
            = coalesce(terms_known.invoice_id, paddle_lines.invoice_id)
),

final as (
    select
        paddle_lines.source_account,
        paddle_lines.invoice_line_id,
        paddle_lines.line_position,
        paddle_lines.invoice_id,
        paddle_lines.list_price_id,
        coalesce(paddle_lines.product_id, terms.product_id) as product_id,
        paddle_lines.description,
        paddle_lines.quantity,
        paddle_lines.tax_rate,
        paddle_lines.is_proration,
        paddle_lines.unit_subtotal_minor,
        paddle_lines.subtotal_minor,
        paddle_lines.tax_minor,
        paddle_lines.total_minor,
        paddle_lines.period_start_at,
        paddle_lines.period_end_at,
        terms.currency,
        terms.unit_amount_minor,
        terms.billing_interval,
        terms.billing_interval_count,
        terms.tax_mode,
        coalesce(terms.is_own, false) as is_terms_own,
        paddle_transactions.subscription_id,
        paddle_transactions.coupon_id,
        paddle_transactions.currency as billed_currency,
        paddle_transactions.currency_exponent,
        paddle_transactions.billed_at,
        paddle_transactions.created_at as invoice_created_at,
        paddle_transactions.period_start_at as invoice_period_start_at,
        paddle_transactions.period_end_at as invoice_period_end_at,
        -- Total is subtotal - discount + tax, whatever sign the discount of a credit has.
        paddle_lines.subtotal_minor + coalesce(paddle_lines.tax_minor, 0) - paddle_lines.total_minor
            as taken_off_minor
    from paddle_lines
    inner join paddle_transactions
        on paddle_lines.invoice_id = paddle_transactions.invoice_id
    left join terms_ranked as terms
        on
            paddle_lines.invoice_line_id = terms.invoice_line_id
            and terms.terms_rank = 1
)

select * from final

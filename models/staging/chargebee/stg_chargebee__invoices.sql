with invoices as (
    {{ newest_versions('chargebee', 'invoices') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        -- keys
        invoices.source_account,
        {{ account_key('chargebee', 'invoices.id', 'invoices.source_account') }} as invoice_id,
        invoices.id as invoice_number,
        {{ account_key('chargebee', 'invoices.customer_id', 'invoices.source_account') }}
            as customer_id,
        {{ account_key('chargebee', 'invoices.subscription_id', 'invoices.source_account') }}
            as subscription_id,
        -- facts
        invoices.status,
        coalesce(invoices.first_invoice, false) as is_first,
        coalesce(invoices.recurring, false) as is_recurring,
        coalesce(invoices.price_type = 'tax_inclusive', false) as is_tax_inclusive,
        lower(invoices.currency_code) as currency,
        currency_exponents.exponent as currency_exponent,
        -- money
        {{ chargebee_major('invoices.sub_total', 'currency_exponents.exponent') }} as subtotal,
        {{ chargebee_major('coalesce(invoices.tax, 0)', 'currency_exponents.exponent') }}
            as tax_amount,
        {{ chargebee_major('invoices.total', 'currency_exponents.exponent') }} as total,
        {{ chargebee_major('coalesce(invoices.amount_paid, 0)', 'currency_exponents.exponent') }}
            as amount_paid,
        {{ chargebee_major('invoices.amount_due', 'currency_exponents.exponent') }}
            as amount_remaining,
        {{ chargebee_major(
            'coalesce(invoices.credits_applied, 0)', 'currency_exponents.exponent'
        ) }} as credits_applied,
        {{ chargebee_major(
            'coalesce(invoices.write_off_amount, 0)', 'currency_exponents.exponent'
        ) }} as write_off_amount,
        -- times
        invoices.date as billed_at,
        invoices.due_date as due_at,
        invoices.paid_at,
        invoices.voided_at,
        invoices.next_retry_at as next_payment_attempt_at,
        invoices._observed_at as observed_at,
        invoices._deleted_at is not null as is_deleted
    from invoices
    left join currency_exponents
        on lower(invoices.currency_code) = currency_exponents.currency
)

select * from final

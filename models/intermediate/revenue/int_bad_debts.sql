with int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

int_billing_invoice_payments as (
    select * from {{ ref('int_billing_invoice_payments') }}
),

int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

given_up as (
    select
        *,
        coalesce(marked_uncollectible_at, finalized_at, created_at) as given_up_at
    from int_billing_invoices
    where
        invoice_status = 'uncollectible'
        or (invoice_status = 'paid' and marked_uncollectible_at is not null)
),

payments_around as (
    select
        given_up.invoice_id,
        sum(case when payments.paid_at < given_up.given_up_at then payments.amount_paid else 0 end)
            as paid_before,
        max(case when payments.paid_at >= given_up.given_up_at then payments.paid_at end)
            as paid_after_at
    from given_up
    inner join int_billing_invoice_payments as payments
        on given_up.invoice_id = payments.invoice_id
    where payments.invoice_payment_status = 'paid'
    group by given_up.invoice_id
),

net_of_invoices as (
    select
        invoice_id,
        sum(net_amount) as net_amount
    from int_revenue_lines
    group by invoice_id
),

amounts as (
    select
        given_up.invoice_id,
        given_up.customer_id,
        given_up.billing_provider,
        given_up.source_account,
        given_up.currency,
        given_up.given_up_at,
        coalesce(given_up.paid_at, payments_around.paid_after_at) as recovered_at,
        currency_exponents.exponent,
        {{ to_minor_units('given_up.total', 'currency_exponents.exponent') }} as total,
        {{ to_minor_units('net_of_invoices.net_amount', 'currency_exponents.exponent') }} as net,
        {{ to_minor_units(
            'coalesce(given_up.amount_due, given_up.total)'
            ~ ' - coalesce(payments_around.paid_before, 0)',
            'currency_exponents.exponent'
        ) }} as owed,
        case
            when given_up.invoice_status = 'paid' then cast(0 as decimal(18, 0))
            else {{ to_minor_units(
                'coalesce(given_up.amount_remaining, given_up.amount_due, given_up.total)',
                'currency_exponents.exponent'
            ) }}
        end as still_owed
    from given_up
    inner join net_of_invoices
        on given_up.invoice_id = net_of_invoices.invoice_id
    inner join currency_exponents
        on given_up.currency = currency_exponents.currency
    left join payments_around
        on given_up.invoice_id = payments_around.invoice_id
    where given_up.total > 0
),

-- The revenue in it; tax that nobody paid is nobody's cost. Paid after all, it is a cost no more.
both_ways as (
    select
        'written_off' as bad_debt_type,
        amounts.*,
        amounts.given_up_at as happened_at,
        {{ share_of_minor_units('amounts.owed', 'amounts.net', 'amounts.total') }} as minor_units
    from amounts
    union all
    select
        'recovered' as bad_debt_type,
        amounts.*,
        amounts.recovered_at as happened_at,
        -1 * {{ share_of_minor_units(
            '(amounts.owed - amounts.still_owed)', 'amounts.net', 'amounts.total'
        ) }} as minor_units
    from amounts
    where amounts.recovered_at >= amounts.given_up_at
),

final as (
    select
        bad_debt_type,
        invoice_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        {{ to_major_units('minor_units', 'exponent') }} as amount,
        happened_at
    from both_ways
    where minor_units <> 0
)

select * from final

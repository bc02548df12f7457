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
        sum(case when payments.paid_at < given_up.given_up_at then 0 else payments.amount_paid end)
            as paid_after,
        max(case when payments.paid_at >= given_up.given_up_at then payments.paid_at end)
            as paid_after_at
    from given_up
    inner join int_billing_invoice_payments as payments
        on given_up.invoice_id = payments.invoice_id
    where payments.invoice_payment_status = 'paid'
    group by given_up.invoice_id
),

-- One that was paid without a payment that anybody knows was paid in full.
debts as (
    select
        given_up.*,
        coalesce(given_up.paid_at, payments_around.paid_after_at) as recovered_at,
        coalesce(given_up.amount_due, given_up.total) - coalesce(payments_around.paid_before, 0)
            as owed_then,
        coalesce(payments_around.paid_after, 0) as paid_after,
        case
            when given_up.invoice_status = 'paid' then 0
            -- credit notes are taken off what the invoice still asks for
            else given_up.amount_remaining
        end as still_owed
    from given_up
    left join payments_around
        on given_up.invoice_id = payments_around.invoice_id
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
        debts.*,
        currency_exponents.exponent,
        case
            when debts.invoice_status = 'paid' and debts.paid_after = 0 then debts.owed_then
            else debts.paid_after
        end as recovered_amount,
        {{ to_minor_units('debts.total', 'currency_exponents.exponent') }} as total_units,
        {{ to_minor_units('net_of_invoices.net_amount', 'currency_exponents.exponent') }}
            as net_units
    from debts
    inner join net_of_invoices
        on debts.invoice_id = net_of_invoices.invoice_id
    inner join currency_exponents
        on debts.currency = currency_exponents.currency
    where debts.total > 0
),

both_ways as (
    select
        'written_off' as bad_debt_type,
        amounts.*,
        coalesce(amounts.still_owed + amounts.recovered_amount, amounts.owed_then) as gross_amount,
        amounts.given_up_at as happened_at
    from amounts
    union all
    select
        'recovered' as bad_debt_type,
        amounts.*,
        -1 * amounts.recovered_amount as gross_amount,
        amounts.recovered_at as happened_at
    from amounts
    where amounts.recovered_at >= amounts.given_up_at
),

-- The revenue in it: tax that nobody paid is nobody's cost.
in_minor_units as (
    select
        both_ways.*,
        {{ to_minor_units('both_ways.gross_amount', 'both_ways.exponent') }} as gross_units
    from both_ways
),

final as (
    select
        bad_debt_type,
        invoice_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        {{ to_major_units(
            share_of_minor_units('gross_units', 'net_units', 'total_units'), 'exponent'
        ) }} as amount,
        happened_at
    from in_minor_units
    where gross_units <> 0 and net_units <> 0
)

select * from final

with int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

first_rates as (
    select
        currency,
        min(valid_from) as valid_from
    from int_exchange_rates
    group by currency
),

booked as (
    select
        *,
        {{ day_of('coalesce(finalized_at, created_at)') }} as booked_date
    from int_billing_invoices
    where invoice_status in ('open', 'paid', 'uncollectible')
),

lines_summed as (
    select
        invoice_id,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount,
        sum(credit_amount) as credit_amount
    from int_billing_invoice_lines
    group by invoice_id
),

-- What the lines do not show, such as shipping. The oldest shape states tax for the whole invoice.
unexplained as (
    select
        booked.*,
        booked.total
        - lines_summed.net_amount
        - case
            when lines_summed.tax_amount = 0 then booked.tax_amount
            else lines_summed.tax_amount
        end
        + lines_summed.credit_amount as difference
    from booked
    inner join lines_summed
        on booked.invoice_id = lines_summed.invoice_id
),

with_currency as (
    select
        booked.*,
        currency_exponents.currency is not null as is_known,
        coalesce(booked.currency = 'usd' or booked.booked_date >= first_rates.valid_from, false)
            as has_rate
    from booked
    left join currency_exponents
        on booked.currency = currency_exponents.currency
    left join first_rates
        on booked.currency = first_rates.currency
),

reasons as (
    select
        invoice_id,
        'total_not_explained_by_lines' as reason,
        difference as amount,
        currency,
        coalesce(finalized_at, created_at) as first_seen_at
    from unexplained
    where difference <> 0
    union all
    select
        invoice_id,
        case when is_known then 'no_exchange_rate' else 'unknown_currency' end as reason,
        total as amount,
        currency,
        coalesce(finalized_at, created_at) as first_seen_at
    from with_currency
    where not is_known or not has_rate
    union all
    select
        invoice_id,
        'given_up_at_unknown_time' as reason,
        amount_remaining as amount,
        currency,
        coalesce(finalized_at, created_at) as first_seen_at
    from booked
    where invoice_status = 'uncollectible' and marked_uncollectible_at is null
    union all
    -- more came in than was asked for: cash, but no revenue
    select
        invoice_id,
        'overpaid' as reason,
        amount_overpaid as amount,
        currency,
        coalesce(finalized_at, created_at) as first_seen_at
    from booked
    where amount_overpaid > 0
    union all
    select
        invoice_id,
        'no_customer' as reason,
        total as amount,
        currency,
        coalesce(finalized_at, created_at) as first_seen_at
    from booked
    where customer_id is null
),

final as (
    select
        'billing' as area,
        'invoice' as subject_type,
        invoice_id as subject_id,
        reason,
        cast(amount as decimal(38, 9)) as amount,
        currency,
        first_seen_at
    from reasons
)

select * from final

with discount_amounts as (
    {{ children_of_newest('stripe', 'invoice_line_discount_amounts', 'invoices') }}
),

invoices as (
    select
        invoice_version_id,
        currency
    from {{ ref('stg_stripe__invoices') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        discount_amounts.source_account,
        discount_amounts._version_id as invoice_version_id,
        discount_amounts._parent_position as line_position,
        discount_amounts._position as discount_position,
        discount_amounts._root_id as invoice_id,
        discount_amounts.discount as discount_id,
        discount_amounts.amount as amount_minor,
        {{ to_major_units('discount_amounts.amount', 'currency_exponents.exponent') }}
            as amount
    from discount_amounts
    inner join invoices
        on discount_amounts._version_id = invoices.invoice_version_id
    left join currency_exponents
        on invoices.currency = currency_exponents.currency
)

select * from final

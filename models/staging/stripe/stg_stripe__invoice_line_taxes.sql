with taxes as (
    {{ children_of_newest('stripe', 'invoice_line_taxes', 'invoices') }}
),

tax_amounts as (
    {{ children_of_newest('stripe', 'invoice_line_tax_amounts', 'invoices') }}
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

-- a line has `taxes` since 2025-03-31.basil and `tax_amounts` before; one that has both (an event
-- in transition) is not taxed twice
lines_with_taxes as (
    select distinct
        _version_id,
        _parent_position
    from taxes
),

shapes_merged as (
    select
        source_account,
        _version_id,
        _parent_position,
        _position,
        _root_id,
        coalesce(tax_rate_details__tax_rate, tax_rate) as tax_rate_id,
        taxability_reason,
        coalesce(tax_behavior = 'inclusive', inclusive, false) as is_inclusive,
        amount,
        taxable_amount
    from taxes
    union all
    select
        tax_amounts.source_account,
        tax_amounts._version_id,
        tax_amounts._parent_position,
        tax_amounts._position,
        tax_amounts._root_id,
        tax_amounts.tax_rate as tax_rate_id,
        tax_amounts.taxability_reason,
        coalesce(tax_amounts.inclusive, tax_amounts.tax_behavior = 'inclusive', false)
            as is_inclusive,
        tax_amounts.amount,
        tax_amounts.taxable_amount
    from tax_amounts
    left join lines_with_taxes
        on
            tax_amounts._version_id = lines_with_taxes._version_id
            and tax_amounts._parent_position = lines_with_taxes._parent_position
    where lines_with_taxes._version_id is null
),

final as (
    select
        shapes_merged.source_account,
        shapes_merged._version_id as invoice_version_id,
        shapes_merged._parent_position as line_position,
        shapes_merged._position as tax_position,
        shapes_merged._root_id as invoice_id,
        {{ stripe_tax_rate_key('shapes_merged.tax_rate_id') }} as tax_rate_id,
        shapes_merged.taxability_reason,
        shapes_merged.is_inclusive,
        shapes_merged.amount as amount_minor,
        {{ to_major_units('shapes_merged.amount', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units('shapes_merged.taxable_amount', 'currency_exponents.exponent') }}
            as taxable_amount
    from shapes_merged
    inner join invoices
        on shapes_merged._version_id = invoices.invoice_version_id
    left join currency_exponents
        on invoices.currency = currency_exponents.currency
)

select * from final

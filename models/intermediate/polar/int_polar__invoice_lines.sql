with int_polar__lines_priced as (
    select * from {{ ref('int_polar__lines_priced') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        lines.source_account,
        lines.invoice_line_id,
        cast(lines.line_position as bigint) as line_position,
        lines.invoice_id,
        lines.subscription_id,
        lines.subscription_item_id,
        lines.price_id,
        lines.product_id,
        case when lines.is_recurring then 'subscription' else 'invoiceitem' end as line_type,
        lines.description,
        lines.is_proration,
        lines.is_recurring,
        case when lines.is_metered then 'metered' else 'licensed' end as usage_type,
        lines.billing_interval,
        lines.billing_interval_count,
        lines.quantity,
        lines.currency,
        {{ to_major_units('lines.amount_minor', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units('lines.tax_minor', 'currency_exponents.exponent') }} as tax_amount,
        {{ to_major_units(
            'case when lines.is_tax_inclusive then lines.tax_minor else 0 end',
            'currency_exponents.exponent'
        ) }} as inclusive_tax_amount,
        lines.period_start_at,
        lines.period_end_at
    from int_polar__lines_priced as lines
    left join currency_exponents
        on lines.currency = currency_exponents.currency
)

select * from final

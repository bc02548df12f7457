with int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

int_revenue_reversals as (
    select * from {{ ref('int_revenue_reversals') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- The part of a refund that is revenue is shared by the invoice's net lines; the rest was tax.
reversed_lines as (
    select
        reversals.revenue_kind,
        reversals.reversal_id,
        reversals.reversal_date,
        currency_exponents.exponent,
        {{ to_minor_units('reversals.amount', 'currency_exponents.exponent') }} as minor_units,
        {{ to_minor_units('reversals.invoice_total', 'currency_exponents.exponent') }}
            as invoice_minor_units,
        int_revenue_lines.invoice_line_id,
        int_revenue_lines.customer_id,
        int_revenue_lines.product_id,
        int_revenue_lines.currency,
        {{ to_minor_units("sum(int_revenue_lines.net_amount) over (
            partition by
                reversals.revenue_kind, reversals.reversal_id, reversals.invoice_id
            order by " ~ in_byte_order('int_revenue_lines.invoice_line_id') ~ "
            rows between unbounded preceding and current row
        )", 'currency_exponents.exponent') }} as net_to_here,
        {{ to_minor_units('int_revenue_lines.net_amount', 'currency_exponents.exponent') }} as net
    from int_revenue_reversals as reversals
    inner join int_revenue_lines
        on reversals.invoice_id = int_revenue_lines.invoice_id
    inner join currency_exponents
        on int_revenue_lines.currency = currency_exponents.currency
    where reversals.invoice_total > 0
),

final as (
    select
        revenue_kind,
        concat(reversal_id, '|', invoice_line_id) as item_id,
        invoice_line_id,
        customer_id,
        product_id,
        currency,
        {{ to_major_units(
            share_of_minor_units('minor_units', 'net_to_here', 'invoice_minor_units'), 'exponent'
        ) }} as net_amount,
        {{ to_major_units(
            share_of_minor_units('minor_units', '(net_to_here - net)', 'invoice_minor_units'),
            'exponent'
        ) }} as net_before,
        reversal_date as booked_date,
        reversal_date as service_start_date,
        1 as service_days
    from reversed_lines
)

select * from final

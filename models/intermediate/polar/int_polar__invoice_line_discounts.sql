with int_polar__lines_priced as (
    select * from {{ ref('int_polar__lines_priced') }}
    where discount_minor <> 0
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        lines.source_account,
        lines.invoice_line_id,
        cast(0 as bigint) as discount_position,
        coalesce(
            lines.subscription_id || '/' || lines.coupon_id, lines.invoice_id || '/discount'
        ) as discount_id,
        {{ to_major_units('lines.discount_minor', 'currency_exponents.exponent') }}
            as discount_amount
    from int_polar__lines_priced as lines
    left join currency_exponents
        on lines.currency = currency_exponents.currency
)

select * from final

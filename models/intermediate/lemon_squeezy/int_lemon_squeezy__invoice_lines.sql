with int_lemon_squeezy__lines_priced as (
    select * from {{ ref('int_lemon_squeezy__lines_priced') }}
),

lemon_squeezy_orders as (
    select * from {{ ref('stg_lemon_squeezy__orders') }}
),

int_lemon_squeezy__bills as (
    select * from {{ ref('int_lemon_squeezy__bills') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

lines_of_both_kinds as (
    select
        source_account,
        invoice_id || '/plan' as invoice_line_id,
        0 as line_position,
        invoice_id,
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        case when is_metered then 'invoiceitem' else 'subscription' end as line_type,
        is_proration,
        not is_metered as is_recurring,
        is_metered,
        billing_interval,
        billing_interval_count,
        quantity,
        currency,
        is_tax_inclusive,
        amount_minor,
        tax_minor,
        period_start_at,
        period_end_at
    from int_lemon_squeezy__lines_priced
    union all
    select
        source_account,
        invoice_id || '/setup' as invoice_line_id,
        1 as line_position,
        invoice_id,
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        cast(null as {{ dbt.type_string() }}) as price_id,
        product_id,
        'invoiceitem' as line_type,
        false as is_proration,
        false as is_recurring,
        false as is_metered,
        cast(null as {{ dbt.type_string() }}) as billing_interval,
        null as billing_interval_count,
        1 as quantity,
        currency,
        is_tax_inclusive,
        setup_fee_minor as amount_minor,
        tax_of_bill_minor - tax_minor as tax_minor,
        period_start_at,
        period_start_at as period_end_at
    from int_lemon_squeezy__lines_priced
    where setup_fee_minor > 0
    union all
    select
        orders.source_account,
        bills.invoice_id || '/line' as invoice_line_id,
        0 as line_position,
        bills.invoice_id,
        cast(null as {{ dbt.type_string() }}) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        cast(null as {{ dbt.type_string() }}) as price_id,
        orders.product_id,
        'invoiceitem' as line_type,
        false as is_proration,
        false as is_recurring,
        false as is_metered,
        cast(null as {{ dbt.type_string() }}) as billing_interval,
        null as billing_interval_count,
        orders.quantity,
        orders.currency,
        orders.is_tax_inclusive,
        orders.subtotal_minor as amount_minor,
        orders.tax_minor,
        orders.created_at as period_start_at,
        orders.created_at as period_end_at
    from lemon_squeezy_orders as orders
    inner join int_lemon_squeezy__bills as bills
        on orders.order_id || '/order' = bills.invoice_id
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
        lines.line_type,
        lines.is_proration,
        lines.is_recurring,
        case when lines.is_metered then 'metered' else 'licensed' end as usage_type,
        lines.billing_interval,
        cast(lines.billing_interval_count as bigint) as billing_interval_count,
        cast(lines.quantity as bigint) as quantity,
        lines.currency,
        {{ to_major_units('lines.amount_minor', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units('lines.tax_minor', 'currency_exponents.exponent') }} as tax_amount,
        {{ to_major_units(
            'case when lines.is_tax_inclusive then lines.tax_minor else 0 end',
            'currency_exponents.exponent'
        ) }} as inclusive_tax_amount,
        lines.period_start_at,
        lines.period_end_at
    from lines_of_both_kinds as lines
    left join currency_exponents
        on lines.currency = currency_exponents.currency
)

select * from final

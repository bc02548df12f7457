with int_lemon_squeezy__lines_priced as (
    select * from {{ ref('int_lemon_squeezy__lines_priced') }}
    where discount_minor <> 0
),

lemon_squeezy_orders as (
    select * from {{ ref('stg_lemon_squeezy__orders') }}
    where discount_minor <> 0
),

int_lemon_squeezy__bills as (
    select * from {{ ref('int_lemon_squeezy__bills') }}
),

int_lemon_squeezy__discounts_given as (
    select * from {{ ref('int_lemon_squeezy__discounts_given') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

only_discounts as (
    select
        subscription_id,
        min(discount_id) as discount_id
    from int_lemon_squeezy__discounts_given
    group by subscription_id
    having count(*) = 1
),

discounts_of_lines as (
    select
        lines.source_account,
        lines.invoice_id || '/plan' as invoice_line_id,
        coalesce(only_discounts.discount_id, lines.subscription_id || '/discount') as discount_id,
        lines.currency,
        lines.discount_minor
    from int_lemon_squeezy__lines_priced as lines
    left join only_discounts
        on lines.subscription_id = only_discounts.subscription_id
    union all
    select
        orders.source_account,
        bills.invoice_id || '/line' as invoice_line_id,
        bills.invoice_id || '/discount' as discount_id,
        orders.currency,
        orders.discount_minor
    from lemon_squeezy_orders as orders
    inner join int_lemon_squeezy__bills as bills
        on orders.order_id || '/order' = bills.invoice_id
),

final as (
    select
        discounts.source_account,
        discounts.invoice_line_id,
        cast(0 as bigint) as discount_position,
        discounts.discount_id,
        {{ to_major_units('discounts.discount_minor', 'currency_exponents.exponent') }}
            as discount_amount
    from discounts_of_lines as discounts
    left join currency_exponents
        on discounts.currency = currency_exponents.currency
)

select * from final

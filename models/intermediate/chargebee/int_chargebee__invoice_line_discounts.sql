with chargebee_line_discounts as (
    select * from {{ ref('stg_chargebee__invoice_line_discounts') }}
    -- credits that pay for the bill, or give back an older one, take nothing off the price
    where coalesce(discount_type, '') not in ('promotional_credits', 'prorated_credits')
),

chargebee_invoices as (
    select * from {{ ref('stg_chargebee__invoices') }}
),

int_chargebee__lines_priced as (
    select * from {{ ref('int_chargebee__lines_priced') }}
),

int_chargebee__discounts_given as (
    select * from {{ ref('int_chargebee__discounts_given') }}
),

given as (
    select distinct
        given_id,
        coupon_id,
        subscription_item_id,
        discount_id,
        given_at
    from int_chargebee__discounts_given
),

lines_ranked as (
    select
        line_discounts.source_account,
        line_discounts.invoice_line_id,
        line_discounts.discount_position,
        {{ chargebee_major('line_discounts.discount_amount', 'invoices.currency_exponent') }}
            as discount_amount,
        coalesce(
            given.discount_id,
            coalesce(lines_priced.subscription_id, line_discounts.invoice_id) || '/'
            || coalesce(line_discounts.coupon_id, line_discounts.entity_id, 'discount')
        ) as discount_id,
        row_number() over (
            partition by line_discounts.invoice_line_id, line_discounts.discount_position
            order by
                case when given.given_at <= lines_priced.period_start_at then 0 else 1 end,
                given.given_at desc
        ) as preference
    from chargebee_line_discounts as line_discounts
    inner join chargebee_invoices as invoices
        on line_discounts.invoice_id = invoices.invoice_id
    inner join int_chargebee__lines_priced as lines_priced
        on line_discounts.invoice_line_id = lines_priced.invoice_line_id
    left join given
        on
            lines_priced.subscription_id || '/'
            || coalesce(line_discounts.coupon_id, line_discounts.entity_id)
            = given.given_id
            and (
                given.coupon_id is null
                or given.subscription_item_id is null
                or lines_priced.subscription_item_id = given.subscription_item_id
            )
),

final as (
    select
        source_account,
        invoice_line_id,
        cast(discount_position as bigint) as discount_position,
        discount_id,
        discount_amount
    from lines_ranked
    where preference = 1 and discount_amount <> 0
)

select * from final

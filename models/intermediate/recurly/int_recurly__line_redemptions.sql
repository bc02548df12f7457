with int_recurly__lines_priced as (
    select * from {{ ref('int_recurly__lines_priced') }}
    where discount_amount <> 0
),

int_recurly__discounts_given as (
    select * from {{ ref('int_recurly__discounts_given') }}
),

int_recurly__coupons as (
    select * from {{ ref('int_recurly__coupons') }}
),

int_recurly__coupon_products as (
    select * from {{ ref('int_recurly__coupon_products') }}
),

int_recurly__coupon_currency_options as (
    select * from {{ ref('int_recurly__coupon_currency_options') }}
),

newest_first as (
    select
        *,
        row_number() over (partition by discount_id order by version_number desc) as recency
    from int_recurly__discounts_given
),

matches as (
    select
        lines.line_id,
        lines.subtotal,
        lines.discount_amount,
        lines.period_start_at,
        discounts.discount_id,
        discounts.discount_position,
        discounts.started_at,
        coupons.duration,
        coupons.percent_off,
        coalesce(options.amount_off, coupons.amount_off) as amount_off,
        sum(lines.subtotal) over (
            partition by lines.invoice_id, discounts.discount_id
        ) as subtotal_of_invoice,
        min(lines.period_start_at) over (
            partition by discounts.discount_id
        ) as first_period_start_at
    from int_recurly__lines_priced as lines
    inner join newest_first as discounts
        on
            lines.subscription_id = discounts.subscription_id
            and discounts.recency = 1
            and lines.period_start_at >= discounts.started_at
            and lines.period_start_at < {{ until('discounts.ends_at') }}
    inner join int_recurly__coupons as coupons
        on discounts.coupon_id = coupons.coupon_id
    left join int_recurly__coupon_products as coupon_products
        on
            discounts.coupon_id = coupon_products.coupon_id
            and lines.list_price_id = coupon_products.product_id
    left join int_recurly__coupon_currency_options as options
        on
            discounts.coupon_id = options.coupon_id
            and lines.currency = options.currency
    where not coupons.is_limited_to_products or coupon_products.product_id is not null
),

-- What of the line each would take if it were alone; an amount is for the whole invoice. A coupon
-- for one invoice was on the first only.
weights as (
    select
        *,
        case
            when percent_off is not null
                then
                    cast(round(
                        cast(subtotal as decimal(24, 9))
                        * cast(cast(percent_off as decimal(12, 9)) * 0.01 as decimal(14, 12)), 9
                    ) as decimal(38, 9))
            else {{ share_of('amount_off', 'subtotal', 'subtotal_of_invoice') }}
        end as weight
    from matches
    where duration <> 'once' or period_start_at = first_period_start_at
),

final as (
    select
        line_id,
        discount_id,
        discount_amount,
        row_number() over (
            partition by line_id order by discount_position, started_at, discount_id
        ) as redemption_number,
        count(*) over (partition by line_id) as redemptions,
        weight,
        sum(weight) over (partition by line_id) as weight_of_line
    from weights
)

select * from final

with int_chargebee__discounts_given as (
    select * from {{ ref('int_chargebee__discounts_given') }}
),

int_chargebee__discount_changes as (
    select * from {{ ref('int_chargebee__discount_changes') }}
    where is_planned and is_present
),

chargebee_coupons as (
    select * from {{ ref('stg_chargebee__coupons') }}
    where discount_type = 'offer_quantity'
),

int_chargebee__invoice_line_discounts as (
    select * from {{ ref('int_chargebee__invoice_line_discounts') }}
),

int_chargebee__lines_priced as (
    select * from {{ ref('int_chargebee__lines_priced') }}
    where not is_proration
),

amounts_billed as (
    select
        line_discounts.discount_id,
        lines.invoice_id,
        lines.currency,
        sum(line_discounts.discount_amount) as amount_off,
        row_number() over (
            partition by line_discounts.discount_id
            order by max(lines.period_start_at) desc, lines.invoice_id desc
        ) as recency
    from int_chargebee__invoice_line_discounts as line_discounts
    inner join int_chargebee__lines_priced as lines
        on line_discounts.invoice_line_id = lines.invoice_line_id
    group by
        line_discounts.discount_id,
        lines.invoice_id,
        lines.currency
),

newest_first as (
    select
        *,
        row_number() over (partition by discount_id order by version_number desc) as recency
    from int_chargebee__discounts_given
),

-- Units that a coupon gives away are worth what they took off the newest bill.
final as (
    select
        discounts.source_account,
        discounts.discount_id,
        discounts.coupon_id,
        discounts.customer_id,
        discounts.subscription_id,
        discounts.subscription_item_id,
        coalesce(discounts.duration, chargebee_coupons.duration) as duration,
        discounts.percent_off,
        case
            when chargebee_coupons.coupon_id is null then discounts.amount_off
            else cast(amounts_billed.amount_off as decimal(38, 9))
        end as amount_off,
        case
            when chargebee_coupons.coupon_id is null then discounts.currency
            else amounts_billed.currency
        end as currency,
        discounts.started_at,
        discounts.ends_at
    from newest_first as discounts
    left join chargebee_coupons
        on discounts.coupon_id = chargebee_coupons.coupon_id
    left join amounts_billed
        on
            discounts.discount_id = amounts_billed.discount_id
            and amounts_billed.recency = 1
    where discounts.recency = 1
    union all
    select
        min(source_account) as source_account,
        discount_id,
        cast(null as {{ dbt.type_string() }}) as coupon_id,
        min(customer_id) as customer_id,
        min(subscription_id) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        min(duration) as duration,
        min(percent_off) as percent_off,
        min(amount_off) as amount_off,
        min(currency) as currency,
        cast(null as {{ timestamp_type() }}) as started_at,
        min(ends_at) as ends_at
    from int_chargebee__discount_changes
    group by discount_id
)

select * from final

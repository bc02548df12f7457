{{ config(materialized='table') }}

with int_polar__lines_known as (
    select * from {{ ref('int_polar__lines_known') }}
),

int_polar__quantities_billed as (
    select * from {{ ref('int_polar__quantities_billed') }}
),

int_polar__items_priced as (
    select * from {{ ref('int_polar__items_priced') }}
),

subscriptions_of_many_prices as (
    select distinct subscription_id
    from int_polar__items_priced
    where not is_metered and subscription_item_id = subscription_id || '/' || list_price_id
),

-- A proration says when something changed. How many there then were, the next state says that was
-- seen with the price.
states_after as (
    select
        lines_known.invoice_line_id,
        items_priced.price_id,
        items_priced.quantity,
        row_number() over (
            partition by lines_known.invoice_line_id
            order by items_priced.valid_from, items_priced.version_number
        ) as state_order
    from int_polar__lines_known as lines_known
    inner join int_polar__items_priced as items_priced
        on
            lines_known.subscription_id = items_priced.subscription_id
            and lines_known.list_price_id = items_priced.list_price_id
            and lines_known.period_start_at <= items_priced.valid_from
    where lines_known.is_proration and lines_known.amount_minor > 0
),

lines_judged as (
    select
        lines.*,
        lines.subscription_id || '/' || case
            when
                lines.is_metered or subscriptions_of_many_prices.subscription_id is not null
                then lines.list_price_id
            else 'plan'
        end as plan_item_id,
        states_after.price_id as price_id_after,
        case
            when lines.is_proration then states_after.quantity
            else quantities_billed.quantity
        end as quantity_known,
        case
            when lines.is_proration then 'proration'
            when not lines.is_recurring then 'once'
            when lines.amount_type in ('fixed', 'free') then 'listed'
            when quantities_billed.quantity is not null then 'listed'
            when lines.amount_minor > 0 then 'billed'
        end as pricing
    from int_polar__lines_known as lines
    left join int_polar__quantities_billed as quantities_billed
        on lines.invoice_line_id = quantities_billed.invoice_line_id
    left join states_after
        on
            lines.invoice_line_id = states_after.invoice_line_id
            and states_after.state_order = 1
    left join subscriptions_of_many_prices
        on lines.subscription_id = subscriptions_of_many_prices.subscription_id
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        case when is_recurring then plan_item_id end as subscription_item_id,
        list_price_id,
        -- what no price explains, the bill alone tells
        case
            when pricing = 'listed' then list_price_id
            when pricing = 'proration' and amount_type in ('fixed', 'free') then list_price_id
            when pricing = 'proration' then price_id_after
            when pricing = 'billed'
                then {{ price_term_key(
                    'list_price_id', 'currency', 'amount_minor', 'billing_interval',
                    'billing_interval_count'
                ) }}
        end as price_id,
        pricing = 'billed' as is_price_of_bill,
        product_id,
        coupon_id,
        description,
        is_proration,
        is_metered,
        is_recurring,
        case
            when is_metered then null
            when amount_type in ('seat_based', 'unit_based') and pricing <> 'billed'
                then quantity_known
            else 1
        end as quantity,
        currency,
        is_tax_inclusive,
        amount_minor,
        discount_minor,
        tax_minor,
        billing_interval,
        billing_interval_count,
        period_start_at,
        period_end_at
    from lines_judged
)

select * from final

with paddle_subscriptions as (
    select * from {{ ref('stg_paddle__subscription_history') }}
),

paddle_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
    where is_recurring
),

paddle_discounts as (
    select * from {{ ref('stg_paddle__discounts') }}
    where discount_type = 'flat_per_seat'
),

seats_of_items as (
    select
        subscription_version_id,
        list_price_id,
        subscription_id || '/' || list_price_id as subscription_item_id,
        sum(quantity) as seats
    from paddle_items
    group by
        subscription_version_id,
        subscription_id,
        list_price_id
),

-- While a trial runs, a discount has no start yet: it is the one that starts next.
started as (
    select
        *,
        min(discount_started_at) over (
            partition by subscription_id, coupon_id
            order by version_number
            rows between current row and unbounded following
        ) as starts_at
    from paddle_subscriptions
    where coupon_id is not null
),

with_seats as (
    select
        started.*,
        paddle_discounts.coupon_id is not null as is_per_seat,
        seats_of_items.subscription_item_id,
        seats_of_items.list_price_id,
        seats_of_items.seats,
        cast(
            paddle_discounts.amount_off * cast(seats_of_items.seats as decimal(12, 0))
            as decimal(38, 9)
        ) as amount_off,
        cast(paddle_discounts.amount_off_minor * seats_of_items.seats as bigint)
            as amount_off_minor,
        paddle_discounts.currency as coupon_currency,
        paddle_discounts.duration,
        paddle_discounts.is_limited_to_products,
        lag(seats_of_items.seats) over (
            partition by
                started.subscription_id, started.coupon_id, started.starts_at,
                seats_of_items.list_price_id
            order by started.version_number
        ) as seats_before
    from started
    left join paddle_discounts
        on started.coupon_id = paddle_discounts.coupon_id
    left join seats_of_items
        on
            started.subscription_version_id = seats_of_items.subscription_version_id
            and paddle_discounts.coupon_id is not null
),

-- Taken off per seat, it is one of each item, and another for each stretch with as many seats.
numbered as (
    select
        *,
        sum(case when not is_per_seat or seats = seats_before then 0 else 1 end) over (
            partition by subscription_id, coupon_id, starts_at, list_price_id
            order by version_number
            rows between unbounded preceding and current row
        ) as stretch_number
    from with_seats
),

dated as (
    select
        *,
        min(valid_from) over (
            partition by subscription_id, coupon_id, starts_at, list_price_id, stretch_number
        ) as stretch_from,
        max(valid_to) over (
            partition by subscription_id, coupon_id, starts_at, list_price_id, stretch_number
        ) as stretch_to,
        max(stretch_number) over (
            partition by subscription_id, coupon_id, starts_at, list_price_id
        ) as last_stretch_number
    from numbered
),

final as (
    select
        source_account,
        subscription_version_id,
        subscription_id,
        customer_id,
        coupon_id,
        subscription_id || '/' || coupon_id
        || coalesce('/' || cast({{ day_of('starts_at') }} as {{ dbt.type_string() }}), '')
        || case
            when is_per_seat
                then
                    '/' || list_price_id || '/' || cast(seats as {{ dbt.type_string() }})
                    || '/' || cast(stretch_number as {{ dbt.type_string() }})
            else ''
        end as discount_id,
        subscription_item_id,
        seats,
        amount_off_minor,
        amount_off,
        coupon_currency as currency,
        currency as subscription_currency,
        duration,
        is_limited_to_products,
        case when stretch_number > 1 then stretch_from else starts_at end as started_at,
        case
            when stretch_number < last_stretch_number then stretch_to
            else discount_ends_at
        end as ends_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from dated
)

select * from final

with paddle_subscriptions as (
    select * from {{ ref('stg_paddle__subscription_history') }}
),

paddle_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
),

paddle_discounts as (
    select * from {{ ref('stg_paddle__discounts') }}
    where discount_type = 'flat_per_seat'
),

seats_of_versions as (
    select
        subscription_version_id,
        sum(quantity) as seats
    from paddle_items
    where is_recurring
    group by subscription_version_id
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

-- Taken off per seat, it is another discount for another number of seats.
final as (
    select
        started.source_account,
        started.subscription_version_id,
        started.subscription_id,
        started.customer_id,
        started.coupon_id,
        started.subscription_id || '/' || started.coupon_id
        || coalesce('/' || cast({{ day_of('started.starts_at') }} as {{ dbt.type_string() }}), '')
        || case
            when paddle_discounts.coupon_id is null then ''
            else '/' || cast(seats_of_versions.seats as {{ dbt.type_string() }})
        end as discount_id,
        cast(paddle_discounts.amount_off_minor * seats_of_versions.seats as bigint)
            as amount_off_minor,
        cast(
            paddle_discounts.amount_off * cast(seats_of_versions.seats as decimal(12, 0))
            as decimal(38, 9)
        ) as amount_off,
        paddle_discounts.currency,
        paddle_discounts.duration,
        paddle_discounts.is_limited_to_products,
        case when paddle_discounts.coupon_id is null then started.starts_at end as started_at,
        started.discount_ends_at as ends_at,
        started.version_number,
        started.valid_from,
        started.valid_to,
        started.is_newest
    from started
    left join paddle_discounts
        on started.coupon_id = paddle_discounts.coupon_id
    left join seats_of_versions
        on started.subscription_version_id = seats_of_versions.subscription_version_id
)

select * from final

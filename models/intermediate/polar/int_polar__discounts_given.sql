with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
),

polar_orders as (
    select * from {{ ref('stg_polar__orders') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- A subscription has one discount at a time, and each of its orders says which one was on it.
sightings as (
    select
        source_account,
        subscription_id,
        customer_id,
        coupon_id,
        discount_duration,
        discount_duration_in_months,
        discount_percent_off,
        discount_amount_off_minor,
        discount_currency,
        cast(null as {{ timestamp_type() }}) as billed_at,
        valid_from as seen_at
    from polar_subscriptions
    where coupon_id is not null
    union all
    select
        source_account,
        subscription_id,
        customer_id,
        coupon_id,
        discount_duration,
        discount_duration_in_months,
        discount_percent_off,
        discount_amount_off_minor,
        discount_currency,
        case when discount_minor > 0 then created_at end as billed_at,
        created_at as seen_at
    from polar_orders
    where coupon_id is not null and subscription_id is not null
),

-- Its months begin with the first period that is billed with it.
sightings_ranked as (
    select
        *,
        min(billed_at) over (partition by subscription_id, coupon_id) as started_at,
        row_number() over (
            partition by subscription_id, coupon_id
            order by case when discount_duration is null then 1 else 0 end, seen_at desc
        ) as recency
    from sightings
),

final as (
    select
        sightings.source_account,
        sightings.subscription_id || '/' || sightings.coupon_id as discount_id,
        sightings.coupon_id,
        sightings.customer_id,
        sightings.subscription_id,
        sightings.discount_duration as duration,
        sightings.discount_percent_off as percent_off,
        sightings.discount_amount_off_minor as amount_off_minor,
        {{ to_major_units(
            'sightings.discount_amount_off_minor', 'currency_exponents.exponent'
        ) }} as amount_off,
        sightings.discount_currency as currency,
        sightings.started_at,
        case
            when sightings.discount_duration = 'repeating'
                then {{ dbt.dateadd(
                    'month', 'sightings.discount_duration_in_months', 'sightings.started_at'
                ) }}
        end as ends_at
    from sightings_ranked as sightings
    left join currency_exponents
        on sightings.discount_currency = currency_exponents.currency
    where sightings.recency = 1
)

select * from final

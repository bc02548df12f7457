with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
    where is_newest
),

int_polar__subscription_phases as (
    select * from {{ ref('int_polar__subscription_phases') }}
),

polar_prices as (
    select * from {{ ref('stg_polar__prices') }}
    where amount_type in ('fixed', 'free', 'seat_based', 'unit_based')
),

prices_ranked as (
    select
        *,
        row_number() over (
            partition by product_id, currency
            order by case when is_active then 0 else 1 end, created_at desc, list_price_id asc
        ) as preference
    from polar_prices
),

final as (
    select
        phases.source_account,
        phases.schedule_id,
        phases.phase_number,
        cast(0 as bigint) as item_number,
        prices.list_price_id as price_id,
        cast(
            case prices.amount_type
                when 'seat_based' then coalesce(subscriptions.pending_seats, subscriptions.seats)
                when 'unit_based' then coalesce(subscriptions.pending_units, subscriptions.units)
                else 1
            end as bigint
        ) as quantity
    from int_polar__subscription_phases as phases
    inner join polar_subscriptions as subscriptions
        on phases.subscription_id = subscriptions.subscription_id
    inner join prices_ranked as prices
        on
            coalesce(subscriptions.pending_product_id, subscriptions.product_id)
            = prices.product_id
            and subscriptions.currency = prices.currency
            and prices.preference = 1
)

select * from final

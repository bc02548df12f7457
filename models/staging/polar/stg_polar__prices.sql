with prices_of_products as (
    {{ children_of_all('polar', 'product_prices', 'products') }}
),

prices_of_subscriptions as (
    {{ children_of_all('polar', 'subscription_prices', 'subscriptions') }}
),

-- A price never changes under its id: one that was replaced is left on subscriptions only.
sightings as (
    select
        source_account,
        id,
        coalesce(product_id, _root_id) as product_id,
        amount_type,
        price_currency,
        price_amount,
        price_per_seat,
        tax_behavior,
        recurring_interval,
        is_archived,
        seat_tiers__seat_tier_type,
        tiers__type,
        created_at,
        1 as preference,
        _root_observed_at
    from prices_of_products
    union all
    select
        source_account,
        id,
        product_id,
        amount_type,
        price_currency,
        price_amount,
        price_per_seat,
        tax_behavior,
        recurring_interval,
        is_archived,
        seat_tiers__seat_tier_type,
        tiers__type,
        created_at,
        2 as preference,
        _root_observed_at
    from prices_of_subscriptions
),

sightings_ranked as (
    select
        *,
        row_number() over (
            partition by source_account, id
            order by preference asc, _root_observed_at desc
        ) as recency
    from sightings
    where id is not null
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as list_price_id,
        {{ account_key('polar', 'product_id') }} as product_id,
        amount_type,
        lower(price_currency) as currency,
        case amount_type
            when 'free' then 0
            when 'fixed' then price_amount
            when 'seat_based' then price_per_seat
        end as unit_amount_minor,
        coalesce(tiers__type, seat_tiers__seat_tier_type, 'volume') as tiers_mode,
        tax_behavior,
        recurring_interval as billing_interval,
        not coalesce(is_archived, false) as is_active,
        created_at
    from sightings_ranked
    where recency = 1
)

select * from final

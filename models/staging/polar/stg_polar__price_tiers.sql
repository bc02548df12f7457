with seat_tiers_of_products as (
    {{ children_of_all('polar', 'product_price_seat_tiers', 'products') }}
),

seat_tiers_of_subscriptions as (
    {{ children_of_all('polar', 'subscription_price_seat_tiers', 'subscriptions') }}
),

unit_tiers_of_products as (
    {{ children_of_all('polar', 'product_price_unit_tiers', 'products') }}
),

unit_tiers_of_subscriptions as (
    {{ children_of_all('polar', 'subscription_price_unit_tiers', 'subscriptions') }}
),

sightings as (
    select
        source_account,
        _parent_id,
        _position,
        max_seats as up_to,
        price_per_seat as unit_amount_minor
    from seat_tiers_of_products
    union all
    select
        source_account,
        _parent_id,
        _position,
        max_seats as up_to,
        price_per_seat as unit_amount_minor
    from seat_tiers_of_subscriptions
    union all
    select
        source_account,
        _parent_id,
        _position,
        bound as up_to,
        unit_amount as unit_amount_minor
    from unit_tiers_of_products
    union all
    select
        source_account,
        _parent_id,
        _position,
        bound as up_to,
        unit_amount as unit_amount_minor
    from unit_tiers_of_subscriptions
),

-- A price never changes under its id: all its sightings are alike.
final as (
    select
        source_account,
        {{ account_key('polar', '_parent_id') }} as list_price_id,
        1 + _position as tier_number,
        max(up_to) as up_to,
        max(unit_amount_minor) as unit_amount_minor
    from sightings
    where _parent_id is not null
    group by
        source_account,
        _parent_id,
        _position
)

select * from final

with int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
),

int_chargebee__listed_prices as (
    select * from {{ ref('int_chargebee__listed_prices') }}
),

prices_with_free_units as (
    select
        source_account,
        price_id,
        currency,
        unit_amount_minor,
        free_quantity
    from int_chargebee__items_priced
    where pricing = 'free'
    union
    select
        source_account,
        price_id,
        currency,
        unit_amount_minor,
        free_quantity
    from int_chargebee__listed_prices
    where pricing = 'free'
),

-- The first units cost nothing, the others their price: two tiers.
final as (
    select
        source_account,
        price_id,
        currency,
        cast(0 as bigint) as tier_number,
        cast(floor(free_quantity) as bigint) as up_to,
        cast(0 as decimal(38, 12)) as unit_amount_minor,
        cast(0 as decimal(38, 12)) as flat_amount_minor
    from prices_with_free_units
    union all
    select
        source_account,
        price_id,
        currency,
        cast(1 as bigint) as tier_number,
        cast(null as bigint) as up_to,
        unit_amount_minor,
        cast(0 as decimal(38, 12)) as flat_amount_minor
    from prices_with_free_units
)

select * from final

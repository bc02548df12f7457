with polar_price_tiers as (
    select * from {{ ref('stg_polar__price_tiers') }}
),

polar_prices as (
    select * from {{ ref('stg_polar__prices') }}
    where amount_type in ('seat_based', 'unit_based') and unit_amount_minor is null
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        polar_prices.source_account,
        polar_prices.list_price_id as price_id,
        polar_prices.currency,
        cast(tiers.tier_number as bigint) as tier_number,
        tiers.up_to,
        cast(tiers.unit_amount_minor as decimal(38, 12)) as unit_amount_minor,
        {{ to_major_units('tiers.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        cast(0 as decimal(38, 12)) as flat_amount_minor,
        cast(0 as decimal(38, 9)) as flat_amount
    from polar_price_tiers as tiers
    inner join polar_prices
        on tiers.list_price_id = polar_prices.list_price_id
    left join currency_exponents
        on polar_prices.currency = currency_exponents.currency
)

select * from final

with int_lemon_squeezy__items_priced as (
    select * from {{ ref('int_lemon_squeezy__items_priced') }}
    where scheme in ('graduated', 'volume')
),

lemon_squeezy_price_tiers as (
    select * from {{ ref('stg_lemon_squeezy__price_tiers') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

prices_seen as (
    select distinct
        source_account,
        price_id,
        list_price_id,
        currency
    from int_lemon_squeezy__items_priced
),

final as (
    select
        prices_seen.source_account,
        prices_seen.price_id,
        prices_seen.currency,
        cast(tiers.tier_number as bigint) as tier_number,
        tiers.up_to,
        cast(tiers.unit_amount_minor as decimal(38, 12)) as unit_amount_minor,
        {{ to_major_units('tiers.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        cast(tiers.flat_amount_minor as decimal(38, 12)) as flat_amount_minor,
        {{ to_major_units('tiers.flat_amount_minor', 'currency_exponents.exponent') }}
            as flat_amount
    from prices_seen
    inner join lemon_squeezy_price_tiers as tiers
        on prices_seen.list_price_id = tiers.price_id
    left join currency_exponents
        on prices_seen.currency = currency_exponents.currency
)

select * from final

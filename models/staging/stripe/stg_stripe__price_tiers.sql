with tiers as (
    {{ children_of_newest('stripe', 'price_tiers', 'prices') }}
),

prices as (
    select
        price_id,
        currency
    from {{ ref('stg_stripe__prices') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

amounts_chosen as (
    select
        source_account,
        {{ stripe_price_key('_root_id') }} as price_id,
        _position + 1 as tier_number,
        up_to,
        coalesce(unit_amount_decimal, cast(unit_amount as decimal(38, 12)))
            as unit_amount_minor,
        coalesce(flat_amount_decimal, cast(flat_amount as decimal(38, 12)))
            as flat_amount_minor
    from tiers
),

final as (
    select
        amounts_chosen.source_account,
        amounts_chosen.price_id,
        prices.currency,
        amounts_chosen.tier_number,
        amounts_chosen.up_to,
        amounts_chosen.unit_amount_minor,
        {{ to_major_units('amounts_chosen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        amounts_chosen.flat_amount_minor,
        {{ to_major_units('amounts_chosen.flat_amount_minor', 'currency_exponents.exponent') }}
            as flat_amount
    from amounts_chosen
    inner join prices
        on amounts_chosen.price_id = prices.price_id
    left join currency_exponents
        on prices.currency = currency_exponents.currency
)

select * from final

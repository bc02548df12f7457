with tiers as (
    {{ children_of_newest('stripe', 'price_currency_option_tiers', 'prices') }}
),

price_currency_options as (
    select
        price_version_id,
        option_position,
        price_id,
        currency
    from {{ ref('stg_stripe__price_currency_options') }}
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
        _version_id as price_version_id,
        _parent_position as option_position,
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
        price_currency_options.price_id,
        price_currency_options.currency,
        amounts_chosen.tier_number,
        amounts_chosen.up_to,
        amounts_chosen.unit_amount_minor,
        {{ to_major_units('amounts_chosen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        amounts_chosen.flat_amount_minor,
        {{ to_major_units('amounts_chosen.flat_amount_minor', 'currency_exponents.exponent') }}
            as flat_amount
    from amounts_chosen
    inner join price_currency_options
        on
            amounts_chosen.price_version_id = price_currency_options.price_version_id
            and amounts_chosen.option_position = price_currency_options.option_position
    left join currency_exponents
        on price_currency_options.currency = currency_exponents.currency
)

select * from final

with currency_options as (
    {{ children_of_newest('stripe', 'price_currency_options', 'prices') }}
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
        _position as option_position,
        {{ stripe_price_key('_root_id') }} as price_id,
        lower(_key) as currency,
        coalesce(unit_amount_decimal, cast(unit_amount as decimal(38, 12)))
            as unit_amount_minor,
        tax_behavior
    from currency_options
),

final as (
    select
        amounts_chosen.source_account,
        amounts_chosen.price_version_id,
        amounts_chosen.option_position,
        amounts_chosen.price_id,
        amounts_chosen.currency,
        amounts_chosen.unit_amount_minor,
        {{ to_major_units('amounts_chosen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        amounts_chosen.tax_behavior
    from amounts_chosen
    left join currency_exponents
        on amounts_chosen.currency = currency_exponents.currency
)

select * from final

with stripe_currency_options as (
    select * from {{ ref('stg_stripe__price_currency_options') }}
),

final as (
    select
        source_account,
        price_id,
        currency,
        unit_amount_minor,
        unit_amount,
        tax_behavior
    from stripe_currency_options
)

select * from final

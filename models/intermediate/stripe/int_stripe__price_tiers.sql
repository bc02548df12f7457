with stripe_price_tiers as (
    select * from {{ ref('stg_stripe__price_tiers') }}
),

stripe_plan_tiers as (
    select * from {{ ref('stg_stripe__plan_tiers') }}
),

stripe_option_tiers as (
    select * from {{ ref('stg_stripe__price_currency_option_tiers') }}
),

prices as (
    select
        price_id,
        price_origin,
        currency
    from {{ ref('int_stripe__prices') }}
),

all_tiers as (
    select
        source_account,
        'price_list' as tier_origin,
        price_id,
        currency,
        tier_number,
        up_to,
        unit_amount_minor,
        unit_amount,
        flat_amount_minor,
        flat_amount
    from stripe_price_tiers
    union all
    select
        source_account,
        'plan_list' as tier_origin,
        plan_id as price_id,
        currency,
        tier_number,
        up_to,
        unit_amount_minor,
        unit_amount,
        flat_amount_minor,
        flat_amount
    from stripe_plan_tiers
    union all
    select
        stripe_option_tiers.source_account,
        'price_list' as tier_origin,
        stripe_option_tiers.price_id,
        stripe_option_tiers.currency,
        stripe_option_tiers.tier_number,
        stripe_option_tiers.up_to,
        stripe_option_tiers.unit_amount_minor,
        stripe_option_tiers.unit_amount,
        stripe_option_tiers.flat_amount_minor,
        stripe_option_tiers.flat_amount
    from stripe_option_tiers
    inner join prices
        on stripe_option_tiers.price_id = prices.price_id
    -- the options repeat the price's own currency
    where stripe_option_tiers.currency <> prices.currency
),

final as (
    select
        all_tiers.source_account,
        all_tiers.price_id,
        all_tiers.currency,
        all_tiers.tier_number,
        all_tiers.up_to,
        all_tiers.unit_amount_minor,
        all_tiers.unit_amount,
        all_tiers.flat_amount_minor,
        all_tiers.flat_amount
    from all_tiers
    inner join prices
        on
            all_tiers.price_id = prices.price_id
            and all_tiers.tier_origin = prices.price_origin
)

select * from final

{{ config(materialized='table') }}

with item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
),

subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

currency_options as (
    select * from {{ ref('int_billing_price_currency_options') }}
),

price_tiers as (
    select * from {{ ref('int_billing_price_tiers') }}
),

phases as (
    select * from {{ ref('int_billing_subscription_phases') }}
),

phase_items as (
    select * from {{ ref('int_billing_subscription_phase_items') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

-- each price is valued once per currency and quantity, however many subscriptions have it
combinations as (
    select distinct
        item_stretches.price_id,
        subscriptions.currency,
        item_stretches.quantity
    from item_stretches
    inner join subscriptions
        on item_stretches.subscription_id = subscriptions.subscription_id
    where item_stretches.is_present
    union
    -- what schedules will ask for
    select
        phase_items.price_id,
        subscriptions.currency,
        coalesce(cast(phase_items.quantity as bigint), 1) as quantity
    from phase_items
    inner join phases
        on
            phase_items.schedule_id = phases.schedule_id
            and phase_items.phase_number = phases.phase_number
    inner join subscriptions
        on phases.subscription_id = subscriptions.subscription_id
),

currencies_with_tiers as (
    select distinct
        price_id,
        currency
    from price_tiers
),

terms as (
    select
        combinations.price_id,
        combinations.currency as subscription_currency,
        combinations.quantity,
        case
            when
                currency_options.currency is not null
                or currencies_with_tiers.currency is not null
                or combinations.currency is null
                then coalesce(combinations.currency, prices.currency)
            else prices.currency
        end as native_currency,
        coalesce(
            case
                when combinations.currency <> prices.currency
                    then currency_options.unit_amount_minor
            end,
            prices.unit_amount_minor
        ) as unit_amount_minor,
        {{ billable_units(
            'combinations.quantity', 'prices.transform_divide_by', 'prices.transform_round'
        ) }} as units,
        prices.billing_scheme,
        prices.tiers_mode,
        prices.billing_interval,
        prices.billing_interval_count
    from combinations
    left join prices
        on combinations.price_id = prices.price_id
    left join currency_options
        on
            combinations.price_id = currency_options.price_id
            and combinations.currency = currency_options.currency
    left join currencies_with_tiers
        on
            combinations.price_id = currencies_with_tiers.price_id
            and combinations.currency = currencies_with_tiers.currency
),

tiers_reached as (
    select
        terms.price_id,
        terms.subscription_currency,
        terms.quantity,
        cast(
            coalesce(price_tiers.unit_amount_minor, 0) as decimal(24, 12)
        ) * cast(
            case
                when terms.tiers_mode = 'volume' then terms.units
                else
                    least(terms.units, coalesce(price_tiers.up_to, terms.units))
                    - price_tiers.starts_above
            end as decimal(12, 0)
        ) + coalesce(price_tiers.flat_amount_minor, 0) as amount_minor
    from terms
    inner join price_tiers
        on
            terms.price_id = price_tiers.price_id
            and terms.native_currency = price_tiers.currency
    where
        terms.units > price_tiers.starts_above
        and (
            terms.tiers_mode = 'graduated'
            or price_tiers.up_to is null
            or terms.units <= price_tiers.up_to
        )
),

tiers_summed as (
    select
        price_id,
        subscription_currency,
        quantity,
        sum(amount_minor) as amount_minor
    from tiers_reached
    group by
        price_id,
        subscription_currency,
        quantity
),

amounts as (
    select
        terms.price_id,
        terms.subscription_currency,
        terms.quantity,
        terms.native_currency,
        terms.billing_interval,
        terms.billing_interval_count,
        {{ to_major_units(
            "case when terms.billing_scheme = 'tiered'"
            ~ " then case when terms.units = 0 then 0 else tiers_summed.amount_minor end"
            ~ " else cast(terms.unit_amount_minor as decimal(24, 12)) * cast(terms.units as decimal(12, 0)) end",
            'currency_exponents.exponent'
        ) }} as amount
    from terms
    left join tiers_summed
        on
            terms.price_id = tiers_summed.price_id
            and terms.quantity = tiers_summed.quantity
            and coalesce(terms.subscription_currency, '')
            = coalesce(tiers_summed.subscription_currency, '')
    left join currency_exponents
        on terms.native_currency = currency_exponents.currency
),

final as (
    select
        price_id,
        subscription_currency,
        quantity,
        native_currency,
        billing_interval,
        billing_interval_count,
        {{ is_longer_than_a_month('billing_interval', 'billing_interval_count') }}
            as is_long_period,
        amount,
        {{ monthly_amount('amount', 'billing_interval', 'billing_interval_count') }} as gross_mrr
    from amounts
)

select * from final

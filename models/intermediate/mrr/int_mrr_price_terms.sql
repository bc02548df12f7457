with int_mrr_prices_used as (
    select * from {{ ref('int_mrr_prices_used') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

int_billing_price_currency_options as (
    select * from {{ ref('int_billing_price_currency_options') }}
),

int_billing_price_tiers as (
    select * from {{ ref('int_billing_price_tiers') }}
),

currencies_with_tiers as (
    select distinct
        price_id,
        currency
    from int_billing_price_tiers
),

final as (
    select
        prices_used.price_id,
        prices_used.subscription_currency,
        prices_used.quantity,
        case
            when
                currency_options.currency is not null
                or currencies_with_tiers.currency is not null
                or prices_used.subscription_currency is null
                then coalesce(prices_used.subscription_currency, int_billing_prices.currency)
            else int_billing_prices.currency
        end as native_currency,
        coalesce(
            case
                when prices_used.subscription_currency <> int_billing_prices.currency
                    then currency_options.unit_amount_minor
            end,
            int_billing_prices.unit_amount_minor
        ) as unit_amount_minor,
        -- More than a trillion of anything is an error, which has no price.
        case
            when abs(prices_used.quantity) < 1000000000000
                then {{ billable_units(
                    'prices_used.quantity',
                    'int_billing_prices.transform_divide_by',
                    'int_billing_prices.transform_round'
                ) }}
        end as units,
        int_billing_prices.billing_scheme,
        int_billing_prices.tiers_mode,
        int_billing_prices.billing_interval,
        int_billing_prices.billing_interval_count
    from int_mrr_prices_used as prices_used
    left join int_billing_prices
        on prices_used.price_id = int_billing_prices.price_id
    left join int_billing_price_currency_options as currency_options
        on
            prices_used.price_id = currency_options.price_id
            and prices_used.subscription_currency = currency_options.currency
    left join currencies_with_tiers
        on
            prices_used.price_id = currencies_with_tiers.price_id
            and prices_used.subscription_currency = currencies_with_tiers.currency
)

select * from final

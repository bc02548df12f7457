with subscription_prices as (
    {{ newest_versions('billing_files', 'subscription_prices') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

priced as (
    select
        subscription_prices.*,
        {{ account_key('billing_files', 'subscription_prices.product_id',
            'subscription_prices.source_account') }} as list_price_id,
        cast(
            cast(subscription_prices.unit_price as decimal(27, 9))
            * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor
    from subscription_prices
    left join currency_exponents
        on subscription_prices.currency = currency_exponents.currency
    where subscription_prices._deleted_at is null
),

final as (
    select
        source_account,
        {{ account_key('billing_files', 'subscription_id') }} as subscription_id,
        {{ account_key('billing_files', 'customer_id') }} as customer_id,
        list_price_id as product_id,
        product_name,
        {{ price_term_key(
            'list_price_id', 'currency', 'unit_amount_minor', 'billing_interval', 'interval_count'
        ) }} as price_id,
        quantity,
        currency,
        cast(unit_price as decimal(38, 9)) as unit_amount,
        unit_amount_minor,
        billing_interval,
        interval_count as billing_interval_count,
        discount_percent,
        status,
        {{ moment_of_written_day('valid_from') }} as starts_at,
        {{ moment_of_written_day('valid_to') }} as ends_at
    from priced
)

select * from final

with paddle_prices as (
    select * from {{ ref('stg_paddle__prices') }}
),

paddle_subscription_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
),

paddle_transaction_items as (
    select * from {{ ref('stg_paddle__transaction_items') }}
),

int_paddle__lines_priced as (
    select * from {{ ref('int_paddle__lines_priced') }}
),

-- A subscription keeps the price as it was when it was added; the list goes on.
all_sightings as (
    select
        source_account,
        {{ paddle_price_key('paddle_prices') }} as price_id,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        tax_mode
    from paddle_prices
    union all
    select
        source_account,
        {{ paddle_price_key('paddle_subscription_items') }} as price_id,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        tax_mode
    from paddle_subscription_items
    where unit_amount_minor is not null
    union all
    select
        source_account,
        {{ paddle_price_key('paddle_transaction_items') }} as price_id,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        tax_mode
    from paddle_transaction_items
    union all
    select
        source_account,
        price_id,
        list_price_id,
        product_id,
        billed_currency as currency,
        billed_unit_minor as unit_amount_minor,
        billing_interval,
        billing_interval_count,
        'external' as tax_mode
    from int_paddle__lines_priced
    where tax_basis = 'billed' and price_id is not null
),

prices_seen as (
    select
        price_id,
        min(source_account) as source_account,
        min(list_price_id) as list_price_id,
        min(product_id) as product_id,
        min(currency) as currency,
        min(unit_amount_minor) as unit_amount_minor,
        min(billing_interval) as billing_interval,
        min(billing_interval_count) as billing_interval_count,
        min(tax_mode) as tax_mode
    from all_sightings
    group by price_id
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        prices_seen.source_account,
        prices_seen.price_id,
        prices_seen.list_price_id,
        coalesce(prices_seen.product_id, paddle_prices.product_id) as product_id,
        paddle_prices.nickname,
        prices_seen.currency,
        cast(prices_seen.unit_amount_minor as decimal(38, 12)) as unit_amount_minor,
        {{ to_major_units('prices_seen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        'per_unit' as billing_scheme,
        case when prices_seen.billing_interval is null then 'one_time' else 'recurring' end
            as price_type,
        case prices_seen.tax_mode
            when 'internal' then 'inclusive'
            when 'external' then 'exclusive'
            else 'unspecified'
        end as tax_behavior,
        prices_seen.billing_interval,
        prices_seen.billing_interval_count,
        'licensed' as usage_type,
        coalesce(paddle_prices.is_active, false) as is_active,
        false as is_deleted,
        paddle_prices.created_at
    from prices_seen
    left join paddle_prices
        on prices_seen.list_price_id = paddle_prices.list_price_id
    left join currency_exponents
        on prices_seen.currency = currency_exponents.currency
)

select * from final

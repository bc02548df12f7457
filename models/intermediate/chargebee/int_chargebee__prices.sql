with int_chargebee__listed_prices as (
    select * from {{ ref('int_chargebee__listed_prices') }}
),

int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
),

int_chargebee__lines_priced as (
    select * from {{ ref('int_chargebee__lines_priced') }}
),

chargebee_items as (
    select * from {{ ref('stg_chargebee__items') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

all_sightings as (
    select
        price_id,
        source_account,
        list_price_id,
        product_id,
        currency,
        pricing,
        unit_amount_minor,
        billing_interval,
        billing_interval_count
    from int_chargebee__listed_prices
    union all
    select
        price_id,
        source_account,
        list_price_id,
        product_id,
        currency,
        pricing,
        unit_amount_minor,
        billing_interval,
        billing_interval_count
    from int_chargebee__items_priced
    union all
    select
        price_id,
        source_account,
        list_price_id,
        product_id,
        currency,
        'unit' as pricing,
        unit_amount_minor,
        billing_interval,
        billing_interval_count
    from int_chargebee__lines_priced
    where is_price_of_line
),

prices_seen as (
    select
        price_id,
        min(source_account) as source_account,
        min(list_price_id) as list_price_id,
        min(product_id) as product_id,
        min(currency) as currency,
        min(pricing) as pricing,
        min(unit_amount_minor) as unit_amount_minor,
        min(billing_interval) as billing_interval,
        min(billing_interval_count) as billing_interval_count
    from all_sightings
    where price_id is not null
    group by price_id
),

final as (
    select
        prices_seen.source_account,
        prices_seen.price_id,
        prices_seen.list_price_id,
        coalesce(prices_seen.product_id, listed_prices.product_id) as product_id,
        listed_prices.nickname,
        prices_seen.currency,
        cast(prices_seen.unit_amount_minor as decimal(38, 12)) as unit_amount_minor,
        {{ to_major_units('prices_seen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        case
            when prices_seen.pricing in ('tiered', 'volume', 'stairstep', 'free') then 'tiered'
            else 'per_unit'
        end as billing_scheme,
        case
            when prices_seen.pricing in ('tiered', 'free') then 'graduated'
            when prices_seen.pricing in ('volume', 'stairstep') then 'volume'
        end as tiers_mode,
        case when prices_seen.billing_interval is null then 'one_time' else 'recurring' end
            as price_type,
        'unspecified' as tax_behavior,
        prices_seen.billing_interval,
        prices_seen.billing_interval_count,
        case when chargebee_items.is_metered then 'metered' else 'licensed' end as usage_type,
        listed_prices.metadata,
        coalesce(listed_prices.is_active, false) as is_active,
        coalesce(listed_prices.is_deleted, false) as is_deleted,
        listed_prices.created_at,
        listed_prices.deleted_at
    from prices_seen
    left join int_chargebee__listed_prices as listed_prices
        on prices_seen.list_price_id = listed_prices.list_price_id
    left join chargebee_items
        on coalesce(prices_seen.product_id, listed_prices.product_id) = chargebee_items.product_id
    left join currency_exponents
        on prices_seen.currency = currency_exponents.currency
)

select * from final

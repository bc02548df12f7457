with polar_prices as (
    select * from {{ ref('stg_polar__prices') }}
),

polar_products as (
    select * from {{ ref('stg_polar__products') }}
),

int_polar__items_priced as (
    select * from {{ ref('int_polar__items_priced') }}
),

int_polar__lines_priced as (
    select * from {{ ref('int_polar__lines_priced') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

sightings as (
    select
        price_id,
        source_account,
        list_price_id,
        product_id,
        currency,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        1 as preference
    from int_polar__items_priced
    union all
    select
        price_id,
        source_account,
        list_price_id,
        product_id,
        currency,
        amount_minor as unit_amount_minor,
        billing_interval,
        billing_interval_count,
        2 as preference
    from int_polar__lines_priced
    where is_price_of_bill
    union all
    select
        prices.list_price_id as price_id,
        prices.source_account,
        prices.list_price_id,
        prices.product_id,
        prices.currency,
        prices.unit_amount_minor,
        coalesce(prices.billing_interval, products.billing_interval) as billing_interval,
        case
            when prices.billing_interval is not null then 1
            else products.billing_interval_count
        end as billing_interval_count,
        3 as preference
    from polar_prices as prices
    left join polar_products as products
        on prices.product_id = products.product_id
),

sightings_ranked as (
    select
        *,
        row_number() over (
            partition by price_id order by preference, billing_interval, product_id
        ) as sighting_number
    from sightings
),

final as (
    select
        sightings.source_account,
        sightings.price_id,
        sightings.list_price_id,
        sightings.product_id,
        coalesce(
            case when sightings.price_id = sightings.list_price_id then prices.currency end,
            sightings.currency
        ) as currency,
        cast(sightings.unit_amount_minor as decimal(38, 12)) as unit_amount_minor,
        {{ to_major_units('sightings.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        case
            when
                sightings.price_id = sightings.list_price_id
                and prices.amount_type in ('seat_based', 'unit_based')
                and prices.unit_amount_minor is null
                then 'tiered'
            else 'per_unit'
        end as billing_scheme,
        case
            when
                sightings.price_id = sightings.list_price_id
                and prices.amount_type in ('seat_based', 'unit_based')
                and prices.unit_amount_minor is null
                then prices.tiers_mode
        end as tiers_mode,
        case when sightings.billing_interval is null then 'one_time' else 'recurring' end
            as price_type,
        -- by location it depends on the customer: each bill says how much was inside
        case prices.tax_behavior
            when 'inclusive' then 'inclusive'
            when 'exclusive' then 'exclusive'
            else 'unspecified'
        end as tax_behavior,
        sightings.billing_interval,
        sightings.billing_interval_count,
        case
            when prices.amount_type in ('metered_unit', 'metered_tiers') then 'metered'
            else 'licensed'
        end as usage_type,
        coalesce(prices.is_active, false) as is_active,
        false as is_deleted,
        prices.created_at
    from sightings_ranked as sightings
    left join polar_prices as prices
        on sightings.list_price_id = prices.list_price_id
    left join currency_exponents
        on sightings.currency = currency_exponents.currency
    where sightings.sighting_number = 1
)

select * from final

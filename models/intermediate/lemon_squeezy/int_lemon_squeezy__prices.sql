with int_lemon_squeezy__items_priced as (
    select * from {{ ref('int_lemon_squeezy__items_priced') }}
),

int_lemon_squeezy__lines_priced as (
    select * from {{ ref('int_lemon_squeezy__lines_priced') }}
),

lemon_squeezy_prices as (
    select * from {{ ref('stg_lemon_squeezy__prices') }}
),

lemon_squeezy_variants as (
    select * from {{ ref('stg_lemon_squeezy__variants') }}
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
        scheme,
        case when scheme = 'package' then package_size end as transform_divide_by,
        is_tax_inclusive,
        is_metered,
        billing_interval,
        billing_interval_count
    from int_lemon_squeezy__items_priced
    union all
    select
        price_id,
        source_account,
        list_price_id,
        product_id,
        currency,
        amount_minor as unit_amount_minor,
        'standard' as scheme,
        null as transform_divide_by,
        is_tax_inclusive,
        false as is_metered,
        billing_interval,
        billing_interval_count
    from int_lemon_squeezy__lines_priced
    where price_told_by = 'bill'
),

prices_seen as (
    select
        price_id,
        min(source_account) as source_account,
        min(list_price_id) as list_price_id,
        min(product_id) as product_id,
        min(currency) as currency,
        min(unit_amount_minor) as unit_amount_minor,
        min(scheme) as scheme,
        min(transform_divide_by) as transform_divide_by,
        max(case when is_tax_inclusive then 1 else 0 end) = 1 as is_tax_inclusive,
        max(case when is_metered then 1 else 0 end) = 1 as is_metered,
        min(billing_interval) as billing_interval,
        min(billing_interval_count) as billing_interval_count
    from sightings
    where price_id is not null
    group by price_id
),

final as (
    select
        prices_seen.source_account,
        prices_seen.price_id,
        prices_seen.list_price_id,
        coalesce(prices_seen.product_id, variants.product_id) as product_id,
        variants.variant_name as nickname,
        prices_seen.currency,
        cast(prices_seen.unit_amount_minor as decimal(38, 12)) as unit_amount_minor,
        {{ to_major_units('prices_seen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        case when prices_seen.scheme in ('graduated', 'volume') then 'tiered' else 'per_unit' end
            as billing_scheme,
        case when prices_seen.scheme in ('graduated', 'volume') then prices_seen.scheme end
            as tiers_mode,
        case when prices_seen.billing_interval is null then 'one_time' else 'recurring' end
            as price_type,
        case when prices_seen.is_tax_inclusive then 'inclusive' else 'exclusive' end
            as tax_behavior,
        prices_seen.billing_interval,
        prices_seen.billing_interval_count,
        case when prices_seen.is_metered then 'metered' else 'licensed' end as usage_type,
        prices_seen.transform_divide_by,
        case when prices_seen.transform_divide_by is not null then 'up' end as transform_round,
        true as is_active,
        false as is_deleted,
        list_prices.created_at
    from prices_seen
    left join lemon_squeezy_prices as list_prices
        on prices_seen.list_price_id = list_prices.price_id
    left join lemon_squeezy_variants as variants
        on list_prices.variant_id = variants.variant_id
    left join currency_exponents
        on prices_seen.currency = currency_exponents.currency
)

select * from final

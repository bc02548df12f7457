with int_chargebee__listed_prices as (
    select * from {{ ref('int_chargebee__listed_prices') }}
),

int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
),

listed_tiers as (
    select * from {{ ref('stg_chargebee__item_price_tiers') }}
),

own_tiers as (
    select * from {{ ref('int_chargebee__own_tiers') }}
),

int_chargebee__free_units as (
    select * from {{ ref('int_chargebee__free_units') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- A subscription's own tiers are told with each of its states; one of them will do.
items_with_own_tiers as (
    select
        *,
        row_number() over (
            partition by price_id order by tiers_owner_id, tiers_position
        ) as preference
    from int_chargebee__items_priced
    where tiers_owner_id is not null
),

tiers_of_prices as (
    select
        items.source_account,
        items.price_id,
        items.currency,
        items.pricing,
        own_tiers.tier_number,
        own_tiers.up_to,
        own_tiers.price,
        own_tiers.price_in_decimal,
        own_tiers.pricing_type,
        own_tiers.package_size
    from items_with_own_tiers as items
    inner join own_tiers
        on
            items.tiers_owner_id = own_tiers.tiers_owner_id
            and items.tiers_position = own_tiers.item_position
    where items.preference = 1
    union all
    select
        listed_prices.source_account,
        listed_prices.price_id,
        listed_prices.currency,
        listed_prices.pricing,
        listed_tiers.tier_number,
        listed_tiers.up_to,
        listed_tiers.price,
        listed_tiers.price_in_decimal,
        listed_tiers.pricing_type,
        listed_tiers.package_size
    from int_chargebee__listed_prices as listed_prices
    inner join listed_tiers
        on listed_prices.list_price_id = listed_tiers.list_price_id
    left join items_with_own_tiers
        on listed_prices.price_id = items_with_own_tiers.price_id
    where
        items_with_own_tiers.price_id is null
        and listed_prices.pricing in ('tiered', 'volume', 'stairstep')
),

prices_with_packages as (
    select distinct price_id
    from tiers_of_prices
    where package_size > 1
),

amounts as (
    select
        tiers.source_account,
        tiers.price_id,
        tiers.currency,
        cast(tiers.tier_number as bigint) as tier_number,
        cast(tiers.up_to as bigint) as up_to,
        coalesce(tiers.pricing = 'stairstep' or tiers.pricing_type = 'flat_fee', false) as is_flat,
        {{ chargebee_minor(
            'tiers.price', 'tiers.price_in_decimal', 'currency_exponents.exponent'
        ) }} as price_minor
    from tiers_of_prices as tiers
    left join currency_exponents
        on tiers.currency = currency_exponents.currency
    -- A tier that is sold by the package has no price that a ledger here could count.
    left join prices_with_packages
        on tiers.price_id = prices_with_packages.price_id
    where prices_with_packages.price_id is null
),

final as (
    select
        source_account,
        price_id,
        currency,
        tier_number,
        up_to,
        case when is_flat then cast(0 as decimal(38, 12)) else price_minor end as unit_amount_minor,
        case when is_flat then price_minor else cast(0 as decimal(38, 12)) end as flat_amount_minor
    from amounts
    union all
    select * from int_chargebee__free_units
)

select * from final

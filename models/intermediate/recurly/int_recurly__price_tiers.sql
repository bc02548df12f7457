with int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
    where tier_type in ('tiered', 'volume', 'stairstep') and not is_metered
),

tiers_now as (
    select * from {{ ref('stg_recurly__subscription_add_on_tiers') }}
),

tiers_pending as (
    select * from {{ ref('stg_recurly__pending_add_on_tiers') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

tiers_told as (
    select
        *,
        false as is_pending
    from tiers_now
    union all
    select
        *,
        true as is_pending
    from tiers_pending
),

-- Tiers are told with each state; one of them will do.
prices_told as (
    select
        *,
        row_number() over (
            partition by price_id order by told_with_id, is_pending, item_position
        ) as preference
    from int_recurly__items_priced
),

amounts as (
    select
        prices.source_account,
        prices.price_id,
        prices.currency,
        prices.tier_type,
        cast(tiers.tier_number as bigint) as tier_number,
        cast(tiers.up_to as bigint) as up_to,
        cast(
            cast(tiers.unit_amount as decimal(27, 9)) * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as amount_minor
    from prices_told as prices
    inner join tiers_told as tiers
        on
            prices.told_with_id = tiers.subscription_version_id
            and prices.is_pending = tiers.is_pending
            and prices.item_position = 1 + tiers.add_on_position
    left join currency_exponents
        on prices.currency = currency_exponents.currency
    where prices.preference = 1
),

-- A stair costs what it says, however many of its units are taken.
final as (
    select
        source_account,
        price_id,
        currency,
        tier_number,
        up_to,
        case when tier_type = 'stairstep' then cast(0 as decimal(38, 12)) else amount_minor end
            as unit_amount_minor,
        case when tier_type = 'stairstep' then amount_minor else cast(0 as decimal(38, 12)) end
            as flat_amount_minor
    from amounts
)

select * from final

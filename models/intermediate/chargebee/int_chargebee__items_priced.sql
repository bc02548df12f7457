{{ config(materialized='table') }}

with int_chargebee__items_listed as (
    select * from {{ ref('int_chargebee__items_listed') }}
),

listed_tiers as (
    select * from {{ ref('stg_chargebee__item_price_tiers') }}
    where package_size > 1
),

own_tiers as (
    select * from {{ ref('int_chargebee__own_tiers') }}
    where package_size > 1
),

listed_packages as (
    select distinct list_price_id
    from listed_tiers
),

own_packages as (
    select distinct
        tiers_owner_id,
        item_position
    from own_tiers
),

items_judged as (
    select
        items.*,
        case
            -- no ledger counts packages, nor parts of a unit: their amount is the price of one
            when
                items.amount_minor > 0
                and (
                    own_packages.tiers_owner_id is not null
                    or (items.tiers_owner_id is null and listed_packages.list_price_id is not null)
                )
                then 'part'
            when items.pricing_model in ('tiered', 'volume', 'stairstep') then items.pricing_model
            when items.pricing_model = 'flat_fee' then 'flat'
            when items.quantity <> floor(items.quantity) then 'part'
            when items.free_quantity > 0 then 'free'
            else 'unit'
        end as pricing
    from int_chargebee__items_listed as items
    left join listed_packages
        on items.list_price_id = listed_packages.list_price_id
    left join own_packages
        on
            items.tiers_owner_id = own_packages.tiers_owner_id
            and items.tiers_position = own_packages.item_position
),

priced as (
    select
        *,
        case
            when pricing in ('tiered', 'volume', 'stairstep') then null
            when pricing = 'part' then amount_minor
            else unit_price_minor
        end as unit_amount_minor,
        case
            when pricing in ('tiered', 'volume', 'stairstep')
                then ':' || pricing || ':' || coalesce(tiers_key, 'unknown')
            when pricing = 'free' then ':free' || {{ plain_number('free_quantity') }}
            when pricing = 'part' then ':units' || {{ plain_number('quantity') }}
            else ''
        end as terms
    from items_judged
),

final as (
    select
        source_account,
        subscription_version_id,
        schedule_id,
        phase_number,
        item_position,
        subscription_id,
        item_type,
        -- a subscription has one plan: another one takes its place
        subscription_id || '/'
        || case when item_type = 'plan' then 'plan' else list_price_id end as subscription_item_id,
        list_price_id,
        {{ chargebee_price_key('priced') }} as price_id,
        product_id,
        currency,
        pricing,
        unit_amount_minor,
        free_quantity,
        tiers_key,
        tiers_owner_id,
        tiers_position,
        terms,
        billing_interval,
        billing_interval_count,
        is_metered,
        case
            when is_metered then null
            when pricing in ('flat', 'part') then cast(1 as bigint)
            else cast(quantity as bigint)
        end as quantity,
        current_period_start_at,
        current_period_end_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from priced
)

select * from final

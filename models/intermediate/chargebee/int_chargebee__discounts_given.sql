with chargebee_coupons as (
    select * from {{ ref('stg_chargebee__subscription_coupons') }}
),

coupons_of_items as (
    select
        coupon_id,
        discount_type = 'fixed_amount' as is_amount
    from {{ ref('stg_chargebee__coupons') }}
    where apply_on = 'each_specified_item'
),

int_chargebee__coupon_products as (
    select * from {{ ref('int_chargebee__coupon_products') }}
),

chargebee_discounts as (
    select * from {{ ref('stg_chargebee__subscription_discounts') }}
),

int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
),

chargebee_subscriptions as (
    select * from {{ ref('stg_chargebee__subscription_history') }}
),

-- An amount that a coupon takes off items is taken off each of them.
items_of_amounts as (
    select
        coupon_products.coupon_id,
        items_priced.subscription_version_id,
        items_priced.subscription_item_id
    from int_chargebee__coupon_products as coupon_products
    inner join coupons_of_items
        on coupon_products.coupon_id = coupons_of_items.coupon_id
    inner join int_chargebee__items_priced as items_priced
        on coupon_products.product_id = items_priced.product_id
    where coupons_of_items.is_amount and items_priced.phase_number is null
),

-- What a coupon takes off items comes off before what is taken off the bill, whatever stands first.
both_kinds as (
    select
        coupons.subscription_version_id,
        coupons.discount_position
        - case when coupons_of_items.coupon_id is null then 0 else 1000 end as discount_position,
        coupons.subscription_id,
        coupons.subscription_id || '/' || coupons.coupon_id as given_id,
        coupons.subscription_id || '/' || coupons.coupon_id
        || coalesce('/' || items_of_amounts.subscription_item_id, '') as share_id,
        coupons.coupon_id,
        items_of_amounts.subscription_item_id,
        cast(null as {{ dbt.type_string() }}) as duration,
        cast(null as decimal(38, 12)) as percent_off,
        cast(null as decimal(38, 9)) as amount_off,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as {{ timestamp_type() }}) as started_at,
        coupons.ends_at
    from chargebee_coupons as coupons
    left join coupons_of_items
        on coupons.coupon_id = coupons_of_items.coupon_id
    left join items_of_amounts
        on
            coupons.coupon_id = items_of_amounts.coupon_id
            and coupons.subscription_version_id = items_of_amounts.subscription_version_id
    union all
    select
        discounts.subscription_version_id,
        1000 + discounts.discount_position as discount_position,
        discounts.subscription_id,
        discounts.subscription_id || '/' || discounts.discount_id as given_id,
        discounts.subscription_id || '/' || discounts.discount_id as share_id,
        cast(null as {{ dbt.type_string() }}) as coupon_id,
        items_priced.subscription_item_id,
        discounts.duration,
        discounts.percent_off,
        discounts.amount_off,
        discounts.currency,
        discounts.created_at as started_at,
        discounts.ends_at
    from chargebee_discounts as discounts
    left join int_chargebee__items_priced as items_priced
        on
            discounts.subscription_version_id = items_priced.subscription_version_id
            and discounts.list_price_id = items_priced.list_price_id
),

-- A coupon that was gone for a while is another discount when it comes back.
numbered as (
    select
        both_kinds.*,
        subscriptions.source_account,
        subscriptions.customer_id,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest,
        subscriptions.version_number - row_number() over (
            partition by both_kinds.share_id order by subscriptions.version_number
        ) as island
    from both_kinds
    inner join chargebee_subscriptions as subscriptions
        on both_kinds.subscription_version_id = subscriptions.subscription_version_id
),

final as (
    select
        source_account,
        subscription_version_id,
        discount_position,
        subscription_id,
        subscription_item_id,
        customer_id,
        given_id,
        share_id || case
            when island = min(island) over (partition by share_id) then ''
            else '/' || cast(island as {{ dbt.type_string() }})
        end as discount_id,
        coupon_id,
        duration,
        percent_off,
        amount_off,
        currency,
        started_at,
        ends_at,
        min(valid_from) over (partition by share_id, island) as given_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from numbered
)

select * from final

with stripe_customer_discounts as (
    select * from {{ ref('stg_stripe__customer_discounts') }}
),

stripe_subscription_discounts as (
    select * from {{ ref('stg_stripe__subscription_discounts') }}
),

stripe_subscription_item_discounts as (
    select * from {{ ref('stg_stripe__subscription_item_discounts') }}
),

customer_versions as (
    select * from {{ ref('stg_stripe__customer_history') }}
),

subscription_versions as (
    select * from {{ ref('stg_stripe__subscription_history') }}
),

discounts_dated as (
    select
        stripe_customer_discounts.source_account,
        'customer' as discount_level,
        stripe_customer_discounts.customer_version_id as owner_version_id,
        stripe_customer_discounts.customer_id,
        cast(null as {{ dbt.type_string() }}) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        stripe_customer_discounts.discount_position,
        stripe_customer_discounts.discount_id,
        customer_versions.valid_from,
        customer_versions.valid_to,
        customer_versions.is_newest
    from stripe_customer_discounts
    inner join customer_versions
        on stripe_customer_discounts.customer_version_id = customer_versions.customer_version_id
    union all
    select
        stripe_subscription_discounts.source_account,
        'subscription' as discount_level,
        stripe_subscription_discounts.subscription_version_id as owner_version_id,
        subscription_versions.customer_id,
        stripe_subscription_discounts.subscription_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        stripe_subscription_discounts.discount_position,
        stripe_subscription_discounts.discount_id,
        subscription_versions.valid_from,
        subscription_versions.valid_to,
        subscription_versions.is_newest
    from stripe_subscription_discounts
    inner join subscription_versions
        on
            stripe_subscription_discounts.subscription_version_id
            = subscription_versions.subscription_version_id
    union all
    select
        stripe_subscription_item_discounts.source_account,
        'subscription_item' as discount_level,
        stripe_subscription_item_discounts.subscription_version_id as owner_version_id,
        subscription_versions.customer_id,
        subscription_versions.subscription_id,
        stripe_subscription_item_discounts.subscription_item_id,
        stripe_subscription_item_discounts.discount_position,
        stripe_subscription_item_discounts.discount_id,
        subscription_versions.valid_from,
        subscription_versions.valid_to,
        subscription_versions.is_newest
    from stripe_subscription_item_discounts
    inner join subscription_versions
        on
            stripe_subscription_item_discounts.subscription_version_id
            = subscription_versions.subscription_version_id
),

final as (
    select
        source_account,
        owner_version_id,
        discount_level,
        customer_id,
        subscription_id,
        subscription_item_id,
        discount_position,
        discount_id,
        valid_from,
        valid_to,
        is_newest
    from discounts_dated
)

select * from final

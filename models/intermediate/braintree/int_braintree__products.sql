with braintree_plans as (
    select * from {{ ref('stg_braintree__plans') }}
),

subscription_add_ons as (
    select * from {{ ref('stg_braintree__subscription_add_ons') }}
),

transaction_add_ons as (
    select * from {{ ref('stg_braintree__transaction_add_ons') }}
),

named as (
    select
        source_account,
        list_price_id,
        product_name
    from braintree_plans
    union all
    select
        source_account,
        list_price_id,
        product_name
    from subscription_add_ons
    union all
    select
        source_account,
        list_price_id,
        product_name
    from transaction_add_ons
),

final as (
    select
        list_price_id as product_id,
        min(source_account) as source_account,
        coalesce(max(product_name), list_price_id) as product_name,
        true as is_active,
        false as is_deleted
    from named
    group by list_price_id
)

select * from final

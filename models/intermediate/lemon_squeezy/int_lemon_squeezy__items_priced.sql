{{ config(materialized='table') }}

with lemon_squeezy_subscriptions as (
    select * from {{ ref('stg_lemon_squeezy__subscription_history') }}
    where price_id is not null
),

lemon_squeezy_prices as (
    select * from {{ ref('stg_lemon_squeezy__prices') }}
),

bills_of_subscriptions as (
    select * from {{ ref('int_lemon_squeezy__bills_of_subscriptions') }}
),

items_listed as (
    select
        subscriptions.source_account,
        subscriptions.subscription_version_id,
        subscriptions.subscription_id,
        subscriptions.price_id as list_price_id,
        subscriptions.product_id,
        subscriptions.is_metered or coalesce(prices.is_metered, false) as is_metered,
        bills.currency,
        bills.is_tax_inclusive,
        bills.converted_minor is not null as is_converted,
        case
            when bills.converted_minor is not null then 'standard'
            else coalesce(prices.scheme, 'standard')
        end as scheme,
        coalesce(bills.converted_minor, prices.unit_amount_minor) as unit_amount_minor,
        case when bills.converted_minor is null then prices.package_size end as package_size,
        coalesce(prices.setup_fee_minor, 0) as setup_fee_minor,
        case when bills.converted_minor is not null then 1 else subscriptions.quantity end
            as quantity,
        prices.billing_interval,
        prices.billing_interval_count,
        subscriptions.created_at,
        subscriptions.renews_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from lemon_squeezy_subscriptions as subscriptions
    inner join bills_of_subscriptions as bills
        on subscriptions.subscription_id = bills.subscription_id
    left join lemon_squeezy_prices as prices
        on subscriptions.price_id = prices.price_id
),

final as (
    select
        source_account,
        subscription_version_id,
        subscription_id,
        subscription_id || '/plan' as subscription_item_id,
        list_price_id,
        {{ price_term_key(
            'list_price_id', 'currency',
            "case when scheme in ('standard', 'package') then unit_amount_minor end",
            'billing_interval', 'billing_interval_count',
            "case when is_converted then ':billed' else '' end"
            ~ " || case when is_tax_inclusive then ':tax_inside' else '' end"
        ) }} as price_id,
        product_id,
        is_metered,
        is_converted,
        currency,
        is_tax_inclusive,
        scheme,
        case when scheme in ('standard', 'package') then unit_amount_minor end
            as unit_amount_minor,
        package_size,
        setup_fee_minor,
        -- what a period costs, where no tiers have to be asked
        case
            when scheme = 'standard'
                then {{ amount_of_units('unit_amount_minor', 'quantity') }}
            when scheme = 'package'
                then {{ amount_of_units(
                    'unit_amount_minor', billable_units('quantity', 'package_size', "'up'")
                ) }}
        end as period_amount_minor,
        case when not is_metered then quantity end as quantity,
        billing_interval,
        billing_interval_count,
        created_at,
        renews_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from items_listed
)

select * from final

{{ config(materialized='table') }}

with int_recurly__items_told as (
    select * from {{ ref('int_recurly__items_told') }}
),

recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
),

recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

priced as (
    select
        subscriptions.source_account,
        case when items.phase_number is null then items.subscription_version_id end
            as subscription_version_id,
        items.subscription_version_id as told_with_id,
        items.schedule_id,
        items.phase_number,
        items.is_pending,
        items.item_position,
        items.subscription_item_id,
        subscriptions.subscription_id,
        items.list_price_id,
        items.item_code,
        items.product_name,
        items.quantity,
        items.tier_type,
        case
            when items.tier_type <> 'flat'
                then ':' || items.tier_type || ':' || coalesce(items.tiers_key, 'unknown')
            else ''
        end as terms,
        items.is_metered,
        subscriptions.currency,
        subscriptions.is_tax_inclusive,
        recurly_plans.billing_interval,
        recurly_plans.billing_interval_count,
        cast(items.unit_amount as decimal(38, 9)) as unit_amount,
        cast(
            cast(items.unit_amount as decimal(27, 9)) * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor,
        subscriptions.started_at,
        subscriptions.current_period_start_at,
        subscriptions.current_period_end_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from int_recurly__items_told as items
    inner join recurly_subscriptions as subscriptions
        on items.subscription_version_id = subscriptions.subscription_version_id
    left join recurly_plans
        on items.plan_list_price_id = recurly_plans.list_price_id
    left join currency_exponents
        on subscriptions.currency = currency_exponents.currency
),

final as (
    select
        source_account,
        subscription_version_id,
        told_with_id,
        schedule_id,
        phase_number,
        is_pending,
        item_position,
        subscription_item_id,
        subscription_id,
        list_price_id,
        {{ price_term_key(
            'list_price_id', 'currency', 'unit_amount_minor', 'billing_interval',
            'billing_interval_count', "terms || case when is_tax_inclusive then ':tax_inside' else '' end"
        ) }} as price_id,
        item_code,
        product_name,
        tier_type,
        case when not is_metered then quantity end as quantity,
        is_metered,
        currency,
        is_tax_inclusive,
        unit_amount,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        started_at,
        current_period_start_at,
        current_period_end_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from priced
)

select * from final

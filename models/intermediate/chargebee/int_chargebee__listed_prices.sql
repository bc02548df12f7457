with chargebee_item_prices as (
    select * from {{ ref('stg_chargebee__item_prices') }}
),

priced as (
    select
        *,
        case
            when pricing_model in ('tiered', 'volume', 'stairstep') then pricing_model
            when pricing_model = 'flat_fee' then 'flat'
            when coalesce(free_quantity, 0) > 0 then 'free'
            else 'unit'
        end as pricing,
        case
            when pricing_model in ('tiered', 'volume', 'stairstep')
                then ':' || pricing_model || ':' || coalesce(tiers_key, 'unknown')
            when pricing_model <> 'flat_fee' and free_quantity > 0
                then ':free' || {{ plain_number('free_quantity') }}
            else ''
        end as terms
    from chargebee_item_prices
),

-- Prices with tiers have an amount in their tiers alone.
with_amount as (
    select
        source_account,
        list_price_id,
        product_id,
        nickname,
        item_type,
        currency,
        pricing,
        case when pricing in ('tiered', 'volume', 'stairstep') then null else unit_amount_minor end
            as unit_amount_minor,
        free_quantity,
        tiers_key,
        terms,
        billing_interval,
        billing_interval_count,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from priced
),

final as (
    select
        source_account,
        {{ chargebee_price_key('with_amount') }} as price_id,
        list_price_id,
        product_id,
        nickname,
        item_type,
        currency,
        pricing,
        unit_amount_minor,
        free_quantity,
        tiers_key,
        billing_interval,
        billing_interval_count,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from with_amount
)

select * from final

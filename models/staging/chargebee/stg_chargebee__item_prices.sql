with item_prices as (
    {{ newest_versions('chargebee', 'item_prices') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        item_prices.source_account,
        {{ account_key('chargebee', 'item_prices.id', 'item_prices.source_account') }}
            as list_price_id,
        {{ account_key('chargebee', 'item_prices.item_id', 'item_prices.source_account') }}
            as product_id,
        item_prices.name as nickname,
        item_prices.item_type,
        item_prices.pricing_model,
        lower(item_prices.currency_code) as currency,
        {{ chargebee_minor(
            'item_prices.price', 'item_prices.price_in_decimal', 'currency_exponents.exponent'
        ) }} as unit_amount_minor,
        item_prices.period_unit as billing_interval,
        item_prices.period as billing_interval_count,
        item_prices.free_quantity,
        item_prices.tiers_key,
        item_prices.metadata,
        coalesce(item_prices.status = 'active', false) as is_active,
        item_prices.created_at,
        item_prices._deleted_at as deleted_at,
        item_prices._deleted_at is not null as is_deleted
    from item_prices
    left join currency_exponents
        on lower(item_prices.currency_code) = currency_exponents.currency
)

select * from final

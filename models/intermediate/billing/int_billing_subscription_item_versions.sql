{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('subscription_item_versions') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.subscription_version_id,
        all_vendors.item_position,
        all_vendors.subscription_item_id,
        all_vendors.subscription_id,
        all_vendors.price_id,
        coalesce(all_vendors.product_id, prices.product_id) as product_id,
        -- facts; quantity is null for metered prices and must not become 1
        all_vendors.quantity,
        coalesce(all_vendors.price_currency, prices.currency) as price_currency,
        coalesce(all_vendors.unit_amount_minor, prices.unit_amount_minor) as unit_amount_minor,
        coalesce(all_vendors.unit_amount, prices.unit_amount) as unit_amount,
        coalesce(all_vendors.billing_scheme, prices.billing_scheme) as billing_scheme,
        coalesce(all_vendors.tiers_mode, prices.tiers_mode) as tiers_mode,
        coalesce(all_vendors.tax_behavior, prices.tax_behavior) as tax_behavior,
        coalesce(all_vendors.billing_interval, prices.billing_interval) as billing_interval,
        coalesce(all_vendors.billing_interval_count, prices.billing_interval_count, 1)
            as billing_interval_count,
        coalesce(all_vendors.usage_type, prices.usage_type, 'licensed') as usage_type,
        coalesce(all_vendors.transform_divide_by, prices.transform_divide_by)
            as transform_divide_by,
        coalesce(all_vendors.transform_round, prices.transform_round) as transform_round,
        -- times
        all_vendors.created_at,
        all_vendors.current_period_start_at,
        all_vendors.current_period_end_at,
        all_vendors.valid_from,
        all_vendors.valid_to,
        all_vendors.is_newest
    from all_vendors
    left join prices
        on all_vendors.price_id = prices.price_id
)

select * from final

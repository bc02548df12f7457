{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('prices') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.price_id,
        coalesce(all_vendors.list_price_id, all_vendors.price_id) as list_price_id,
        -- a price of a product that nobody lists any more is one of its own
        coalesce(all_vendors.product_id, all_vendors.list_price_id, all_vendors.price_id)
            as product_id,
        all_vendors.meter_id,
        all_vendors.price_origin,
        {{ short_name('all_vendors.nickname') }} as nickname,
        all_vendors.lookup_key,
        all_vendors.currency,
        currency_exponents.exponent as currency_exponent,
        all_vendors.unit_amount_minor,
        all_vendors.unit_amount,
        all_vendors.billing_scheme,
        all_vendors.tiers_mode,
        all_vendors.price_type,
        all_vendors.tax_behavior,
        all_vendors.billing_interval,
        all_vendors.billing_interval_count,
        all_vendors.usage_type,
        all_vendors.transform_divide_by,
        all_vendors.transform_round,
        all_vendors.metadata,
        all_vendors.is_active,
        all_vendors.is_deleted,
        all_vendors.created_at,
        all_vendors.deleted_at
    from all_vendors
    left join currency_exponents
        on all_vendors.currency = currency_exponents.currency
)

select * from final

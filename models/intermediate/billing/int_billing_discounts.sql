{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('discounts') }}
),

coupons as (
    select * from {{ ref('int_billing_coupons') }}
),

discounts_on_lines as (
    select * from {{ ref('int_billing_discounts_on_lines') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

-- The terms that a discount was given with. Those of its coupon, if that is not a younger one with
-- the same id; else what invoices took off.
discounts_with_terms as (
    select
        all_vendors.*,
        coupons.duration_in_months,
        coupons.is_limited_to_products as is_coupon_limited,
        coalesce(all_vendors.duration, coupons.duration) as known_duration,
        case
            when all_vendors.duration is not null then all_vendors.percent_off
            when coupons.duration is not null then coupons.percent_off
            else discounts_on_lines.percent_off
        end as known_percent_off,
        case
            when all_vendors.duration is not null then all_vendors.amount_off_minor
            else coupons.amount_off_minor
        end as known_amount_off_minor,
        case
            when all_vendors.duration is not null then all_vendors.amount_off
            else coupons.amount_off
        end as known_amount_off,
        case
            when all_vendors.duration is not null then all_vendors.currency
            else coupons.currency
        end as known_currency
    from all_vendors
    left join coupons
        on
            all_vendors.coupon_id = coupons.coupon_id
            and (
                coupons.created_at is null
                or all_vendors.started_at is null
                or all_vendors.started_at >= coupons.created_at
            )
    left join discounts_on_lines
        on all_vendors.discount_id = discounts_on_lines.discount_id
),

final as (
    select
        -- keys
        discounts.billing_provider,
        discounts.source_account,
        discounts.discount_id,
        discounts.coupon_id,
        discounts.promotion_code_id,
        coalesce(customer_groups.customer_id, discounts.customer_id) as customer_id,
        discounts.customer_id as billing_customer_id,
        discounts.subscription_id,
        discounts.subscription_item_id,
        -- terms
        discounts.known_duration as duration,
        discounts.duration_in_months,
        discounts.known_percent_off as percent_off,
        discounts.known_amount_off_minor as amount_off_minor,
        discounts.known_amount_off as amount_off,
        discounts.known_currency as currency,
        coalesce(discounts.is_limited_to_products, discounts.is_coupon_limited, false)
            as is_limited_to_products,
        -- times
        discounts.started_at,
        discounts.ends_at
    from discounts_with_terms as discounts
    left join customer_groups
        on discounts.customer_id = customer_groups.billing_customer_id
    union all
    -- Gone before the first load, and on no list: one period of it is taken for all there was.
    select
        discounts_on_lines.billing_provider,
        discounts_on_lines.source_account,
        discounts_on_lines.discount_id,
        cast(null as {{ dbt.type_string() }}) as coupon_id,
        cast(null as {{ dbt.type_string() }}) as promotion_code_id,
        discounts_on_lines.customer_id,
        cast(null as {{ dbt.type_string() }}) as billing_customer_id,
        discounts_on_lines.subscription_id,
        discounts_on_lines.subscription_item_id,
        case
            when not discounts_on_lines.is_on_several_periods then 'once'
            else 'repeating'
        end as duration,
        cast(null as bigint) as duration_in_months,
        discounts_on_lines.percent_off,
        cast(null as bigint) as amount_off_minor,
        cast(null as decimal(38, 9)) as amount_off,
        cast(null as {{ dbt.type_string() }}) as currency,
        false as is_limited_to_products,
        cast(null as {{ timestamp_type() }}) as started_at,
        cast(null as {{ timestamp_type() }}) as ends_at
    from discounts_on_lines
    left join all_vendors
        on discounts_on_lines.discount_id = all_vendors.discount_id
    where all_vendors.discount_id is null
)

select * from final

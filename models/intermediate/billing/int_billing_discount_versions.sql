{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('discount_versions') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.owner_version_id,
        all_vendors.discount_level,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        all_vendors.subscription_id,
        all_vendors.subscription_item_id,
        all_vendors.discount_position,
        all_vendors.discount_id,
        all_vendors.valid_from,
        all_vendors.valid_to,
        all_vendors.is_newest
    from all_vendors
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final

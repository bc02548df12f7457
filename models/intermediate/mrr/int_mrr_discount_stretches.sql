{{ config(materialized='table') }}

with int_mrr_discounts_lasting as (
    select * from {{ ref('int_mrr_discounts_lasting') }}
),

int_mrr_discounts_of_one_invoice as (
    select * from {{ ref('int_mrr_discounts_of_one_invoice') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

both_kinds as (
    select
        discount_level,
        discount_id,
        subscription_id,
        subscription_item_id,
        billed_at,
        valid_from,
        valid_to,
        false as needs_long_period
    from int_mrr_discounts_lasting
    union all
    select
        discount_level,
        discount_id,
        subscription_id,
        subscription_item_id,
        cast(null as {{ timestamp_type() }}) as billed_at,
        valid_from,
        valid_to,
        true as needs_long_period
    from int_mrr_discounts_of_one_invoice
),

final as (
    select
        both_kinds.discount_level,
        both_kinds.discount_id,
        both_kinds.subscription_id,
        both_kinds.subscription_item_id,
        int_billing_discounts.duration,
        both_kinds.needs_long_period,
        int_billing_discounts.coupon_id,
        int_billing_discounts.is_limited_to_products,
        int_billing_discounts.percent_off,
        int_billing_discounts.amount_off,
        int_billing_discounts.currency,
        both_kinds.billed_at,
        both_kinds.valid_from,
        both_kinds.valid_to
    from both_kinds
    inner join int_billing_discounts
        on both_kinds.discount_id = int_billing_discounts.discount_id
    where
        both_kinds.valid_from <= {{ as_of_timestamp() }}
        and (both_kinds.valid_to is null or both_kinds.valid_to > both_kinds.valid_from)
)

select * from final

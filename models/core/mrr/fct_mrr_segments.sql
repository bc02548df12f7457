with int_mrr_segments as (
    select * from {{ ref('int_mrr_segments') }}
),

final as (
    select
        -- Keys
        subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        price_id,
        -- Facts
        segment_number,
        quantity,
        status,
        pause_behavior,
        earning_state,
        evidence,
        is_at_risk,
        is_unpriced,
        is_usage,
        -- Money per month, in the subscription's currency
        native_currency,
        gross_mrr,
        discount_mrr,
        tax_mrr,
        mrr,
        contract_mrr,
        -- Times
        valid_from,
        valid_to
    from int_mrr_segments
)

select * from final

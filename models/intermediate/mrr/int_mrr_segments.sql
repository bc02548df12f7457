{{ config(materialized='table') }}

with int_mrr_slices_valued as (
    select * from {{ ref('int_mrr_slices_valued') }}
),

-- Only what earns has an amount; what it would be stays beside it.
slices_stated as (
    select
        *,
        case when earning_state = 'earning' then gross_mrr else 0 end as earning_gross,
        case when earning_state = 'earning' then discount_mrr else 0 end as earning_discount,
        case when earning_state = 'earning' then tax_mrr else 0 end as earning_tax,
        {{ dbt.concat([
            "coalesce(price_id, '')", "'|'",
            "coalesce(cast(quantity as " ~ dbt.type_string() ~ "), '')", "'|'",
            "evidence", "'|'", "status", "'|'", "earning_state", "'|'",
            "coalesce(pause_behavior, '')", "'|'",
            "cast(gross_mrr as " ~ dbt.type_string() ~ ")", "'|'",
            "cast(discount_mrr as " ~ dbt.type_string() ~ ")", "'|'",
            "cast(tax_mrr as " ~ dbt.type_string() ~ ")",
        ]) }} as slice_state
    from int_mrr_slices_valued
),

slices_compared as (
    select
        *,
        lag(slice_state) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as state_before,
        lag(valid_to) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as ended_before
    from slices_stated
),

slices_numbered as (
    select
        *,
        sum(
            case
                when state_before = slice_state and ended_before = valid_from then 0
                else 1
            end
        ) over (
            partition by subscription_id, subscription_item_id
            order by valid_from
            rows between unbounded preceding and current row
        ) as segment_number
    from slices_compared
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
        cast(segment_number as bigint) as segment_number,
        quantity,
        status,
        pause_behavior,
        earning_state,
        evidence,
        status = 'past_due' and earning_state = 'earning' as is_at_risk,
        is_unpriced,
        is_usage,
        -- Money per month, in the subscription's currency
        native_currency,
        cast(earning_gross as decimal(38, 9)) as gross_mrr,
        cast(earning_discount as decimal(38, 9)) as discount_mrr,
        cast(earning_tax as decimal(38, 9)) as tax_mrr,
        cast(earning_gross - earning_discount - earning_tax as decimal(38, 9)) as mrr,
        cast(mrr as decimal(38, 9)) as contract_mrr,
        -- Times
        min(valid_from) as valid_from,
        case
            when max(case when valid_to is null then 1 else 0 end) = 0 then max(valid_to)
        end as valid_to
    from slices_numbered
    group by
        subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        price_id,
        segment_number,
        quantity,
        status,
        pause_behavior,
        earning_state,
        evidence,
        is_unpriced,
        is_usage,
        native_currency,
        earning_gross,
        earning_discount,
        earning_tax,
        mrr
)

select * from final

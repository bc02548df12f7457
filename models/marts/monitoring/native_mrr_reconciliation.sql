with fct_native_mrr as (
    select * from {{ ref('fct_native_mrr') }}
),

fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
    where
        valid_from <= {{ as_of_timestamp() }}
        and (valid_to is null or valid_to > {{ as_of_timestamp() }})
),

ours as (
    select
        subscription_id,
        min(earning_state) as earning_state,
        max(case when is_unpriced then 1 else 0 end) as has_unpriced,
        sum(gross_mrr) as gross_mrr,
        sum(discount_mrr) as discount_mrr,
        sum(tax_mrr) as tax_mrr,
        sum(mrr) as mrr
    from fct_mrr_segments
    group by subscription_id
),

compared as (
    select
        native.*,
        ours.earning_state,
        ours.has_unpriced,
        ours.discount_mrr,
        ours.tax_mrr,
        cast(coalesce(ours.mrr, 0) as decimal(38, 9)) as mrr,
        native.native_mrr - coalesce(ours.mrr, 0) as surplus
    from fct_native_mrr as native
    left join ours
        on native.subscription_id = ours.subscription_id
),

-- A provider rounds to its minor unit; half of one either way is no difference.
final as (
    select
        billing_provider,
        source_account,
        subscription_id,
        customer_id,
        native_currency,
        native_mrr,
        mrr,
        cast(-surplus as decimal(38, 9)) as difference,
        case
            when surplus = 0 then 'equal'
            when abs(surplus) < 0.01 then 'rounding'
            when has_unpriced = 1 then 'unknown_price'
            when earning_state = 'unproven' then 'never_paid'
            when earning_state in ('trial', 'paused', 'unpaid') then earning_state
            when discount_mrr <> 0 and abs(surplus - discount_mrr) < 0.01 then 'discount'
            when tax_mrr <> 0 and abs(surplus - tax_mrr) < 0.01 then 'tax'
            else 'unexplained'
        end as reason,
        observed_at
    from compared
)

select * from final

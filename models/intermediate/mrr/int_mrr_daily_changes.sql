{{ config(materialized='table') }}

with int_mrr_segments as (
    select * from {{ ref('int_mrr_segments') }}
),

int_mrr_pauses as (
    select * from {{ ref('int_mrr_pauses') }}
),

-- A stretch adds its value when it begins and takes it away when it ends.
steps as (
    select
        customer_id,
        product_id,
        native_currency,
        {{ local_day_of('valid_from') }} as change_date,
        mrr,
        gross_mrr,
        discount_mrr,
        cast(0 as decimal(38, 9)) as paused_mrr,
        case when is_at_risk then mrr else cast(0 as decimal(38, 9)) end as at_risk_mrr,
        case when earning_state = 'earning' then 1 else 0 end as earning_items,
        case when earning_state = 'unpaid' then 1 else 0 end as unpaid_items
    from int_mrr_segments
    union all
    select
        customer_id,
        product_id,
        native_currency,
        {{ local_day_of('valid_to') }} as change_date,
        -mrr as mrr,
        -gross_mrr as gross_mrr,
        -discount_mrr as discount_mrr,
        cast(0 as decimal(38, 9)) as paused_mrr,
        case when is_at_risk then -mrr else cast(0 as decimal(38, 9)) end as at_risk_mrr,
        case when earning_state = 'earning' then -1 else 0 end as earning_items,
        case when earning_state = 'unpaid' then -1 else 0 end as unpaid_items
    from int_mrr_segments
    where valid_to <= {{ as_of_timestamp() }}
    union all
    select
        customer_id,
        product_id,
        native_currency,
        {{ local_day_of('paused_from') }} as change_date,
        cast(0 as decimal(38, 9)) as mrr,
        cast(0 as decimal(38, 9)) as gross_mrr,
        cast(0 as decimal(38, 9)) as discount_mrr,
        paused_mrr,
        cast(0 as decimal(38, 9)) as at_risk_mrr,
        0 as earning_items,
        0 as unpaid_items
    from int_mrr_pauses
    union all
    select
        customer_id,
        product_id,
        native_currency,
        {{ local_day_of('paused_to') }} as change_date,
        cast(0 as decimal(38, 9)) as mrr,
        cast(0 as decimal(38, 9)) as gross_mrr,
        cast(0 as decimal(38, 9)) as discount_mrr,
        -paused_mrr as paused_mrr,
        cast(0 as decimal(38, 9)) as at_risk_mrr,
        0 as earning_items,
        0 as unpaid_items
    from int_mrr_pauses
    where paused_to <= {{ as_of_timestamp() }}
),

final as (
    select
        customer_id,
        product_id,
        native_currency,
        change_date,
        cast(sum(mrr) as decimal(38, 9)) as mrr_change,
        cast(sum(gross_mrr) as decimal(38, 9)) as gross_change,
        cast(sum(discount_mrr) as decimal(38, 9)) as discount_change,
        cast(sum(paused_mrr) as decimal(38, 9)) as paused_change,
        cast(sum(at_risk_mrr) as decimal(38, 9)) as at_risk_change,
        cast(sum(earning_items) as bigint) as earning_items_change,
        cast(sum(unpaid_items) as bigint) as unpaid_items_change
    from steps
    where change_date <= {{ report_day() }}
    group by
        customer_id,
        product_id,
        native_currency,
        change_date
    having
        sum(mrr) <> 0
        or sum(gross_mrr) <> 0
        or sum(paused_mrr) <> 0
        or sum(at_risk_mrr) <> 0
        or sum(earning_items) <> 0
        or sum(unpaid_items) <> 0
)

select * from final

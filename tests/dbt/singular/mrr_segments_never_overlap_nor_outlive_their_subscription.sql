-- One item earns one amount at a time, and nothing after its subscription ended.
with segments as (
    select
        *,
        lead(valid_from) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as next_from
    from {{ ref('fct_mrr_segments') }}
),

subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
)

select segments.*
from segments
inner join subscriptions
    on segments.subscription_id = subscriptions.subscription_id
where
    segments.valid_to > segments.next_from
    or (segments.valid_to is null and segments.next_from is not null)
    or segments.valid_to <= segments.valid_from
    or (
        segments.mrr > 0
        and subscriptions.ended_at < {{ as_of_timestamp() }}
        and (segments.valid_to is null or segments.valid_to > subscriptions.ended_at)
    )
    or segments.mrr <> segments.gross_mrr - segments.discount_mrr - segments.tax_mrr
    or segments.mrr < 0

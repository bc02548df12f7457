with int_mrr_recomputed as (
    select * from {{ ref('int_mrr_recomputed') }}
),

int_mrr_segments as (
    select * from {{ ref('int_mrr_segments') }}
),

open_segments as (
    select
        subscription_id,
        sum(gross_mrr) as gross_mrr
    from int_mrr_segments
    where
        valid_from <= {{ as_of_timestamp() }}
        and valid_to is null
        and not is_usage
    group by subscription_id
),

final as (
    select
        int_mrr_recomputed.subscription_id,
        int_mrr_recomputed.customer_id,
        int_mrr_recomputed.currency,
        int_mrr_recomputed.gross_mrr as expected,
        cast(coalesce(open_segments.gross_mrr, 0) as decimal(38, 9)) as actual,
        int_mrr_recomputed.gross_mrr = coalesce(open_segments.gross_mrr, 0) as is_tied
    from int_mrr_recomputed
    left join open_segments
        on int_mrr_recomputed.subscription_id = open_segments.subscription_id
)

select * from final

with int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

lines_compared as (
    select
        *,
        min(case when not is_proration then invoice_created_at end) over (
            partition by subscription_id, subscription_item_id, period_start_at
        ) as renewed_at
    from int_mrr_proven_lines
    where not (is_proration and amount = 0)
),

-- What is charged later, from the beginning of a period that was billed, was agreed when it was.
lines_dated as (
    select
        *,
        case
            when is_proration and invoice_created_at > renewed_at then invoice_created_at
            else period_start_at
        end as point_at
    from lines_compared
),

-- Of the lines of one moment a charge says more than a credit, and a renewal more than a proration.
lines_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id, point_at
            order by
                case when is_credit then 1 else 0 end,
                case when is_proration then 1 else 0 end,
                invoice_created_at desc,
                amount desc
        ) as preference
    from lines_dated
    where point_at <= {{ as_of_timestamp() }}
),

final as (
    select
        subscription_id,
        subscription_item_id,
        point_at,
        'invoice_line' as evidence,
        not is_credit as is_present,
        case when not is_credit then price_id end as price_id,
        case when not is_credit then quantity end as quantity,
        case when not is_credit then period_end_at end as covers_to
    from lines_ranked
    where preference = 1
)

select * from final

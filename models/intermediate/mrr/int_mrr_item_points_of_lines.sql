with int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

-- Of the lines of one moment a charge says more than a credit, and a renewal more than a proration.
lines_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id, period_start_at
            order by
                case when is_credit then 1 else 0 end,
                case when is_proration then 1 else 0 end,
                invoice_created_at desc,
                amount desc
        ) as preference
    from int_mrr_proven_lines
    where not (is_proration and amount = 0)
),

final as (
    select
        subscription_id,
        subscription_item_id,
        period_start_at as point_at,
        'invoice_line' as evidence,
        not is_credit as is_present,
        case when not is_credit then price_id end as price_id,
        case when not is_credit then quantity end as quantity,
        case when not is_credit then period_end_at end as covers_to
    from lines_ranked
    where preference = 1
)

select * from final

with fct_mrr_commitments as (
    select * from {{ ref('fct_mrr_commitments') }}
),

final as (
    select
        subscription_id,
        customer_id,
        mrr,
        committed_mrr,
        cast(committed_mrr - mrr as decimal(38, 9)) as scheduled_change,
        change_kind,
        changes_at,
        currency
    from fct_mrr_commitments
)

select * from final

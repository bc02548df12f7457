with fct_mrr_checks as (
    select * from {{ ref('fct_mrr_checks') }}
),

final as (
    select
        'billing' as area,
        case
            when check_name in ('ledger_today', 'no_customer') then 'subscription'
            when check_name in ('events_against_lines', 'renewals_net') then 'invoice_line'
            when check_name = 'unknown_discount' then 'subscription_discount'
            when check_name = 'unknown_status' then 'subscription_status'
            when check_name = 'no_exchange_rate' then 'customer_product_currency'
            else 'subscription_item'
        end as subject_type,
        subject_id,
        check_name as reason,
        -- what does not tie, where it is known in which currency
        cast(case when currency is not null then actual - expected end as decimal(38, 9)) as amount,
        currency,
        subject_at as first_seen_at
    from fct_mrr_checks
    where not is_tied
)

select * from final

with fct_mrr_checks as (
    select * from {{ ref('fct_mrr_checks') }}
),

final as (
    select
        'billing' as area,
        case
            when check_name = 'ledger_today' then 'subscription'
            when check_name = 'events_against_lines' then 'invoice_line'
            when check_name = 'no_exchange_rate' then 'customer_product_currency'
            else 'subscription_item'
        end as subject_type,
        subject_id,
        check_name as reason,
        cast(null as decimal(38, 9)) as amount,
        cast(null as {{ dbt.type_string() }}) as currency,
        subject_at as first_seen_at
    from fct_mrr_checks
    where not is_tied
)

select * from final

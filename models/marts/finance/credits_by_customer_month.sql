with fct_credit_transactions as (
    select
        coalesce(customer_id, '__unknown__') as customer_id,
        {{ month_of('effective_date') }} as month,
        coalesce(category, '__unknown__') as category,
        coalesce(currency, '__unknown__') as currency,
        transaction_reason,
        amount
    from {{ ref('fct_credit_transactions') }}
),

by_month as (
    select
        customer_id,
        month,
        category,
        currency,
        sum(case when amount is null then 1 else 0 end) as unknown_amounts,
        sum(case when transaction_reason = 'credits_granted' then amount else 0 end)
            as granted_amount,
        -- What a voided invoice gives back was never used.
        sum(
            case
                when transaction_reason in (
                    'credits_applied', 'credits_application_invoice_voided'
                ) then amount
                else 0
            end
        ) as applied_amount,
        coalesce(sum(amount), 0) as net_amount
    from fct_credit_transactions
    group by
        customer_id,
        month,
        category,
        currency
),

running as (
    select
        *,
        sum(net_amount) over (
            partition by customer_id, category, currency
            order by month
            rows between unbounded preceding and current row
        ) as closing_amount,
        sum(unknown_amounts) over (
            partition by customer_id, category, currency
            order by month
            rows between unbounded preceding and current row
        ) as unknown_so_far
    from by_month
),

-- An amount that is not known makes everything after it unknown, not smaller.
final as (
    select
        customer_id,
        month,
        category,
        currency,
        cast(
            case when unknown_so_far = unknown_amounts then closing_amount - net_amount end
            as decimal(38, 9)
        ) as opening_amount,
        cast(case when unknown_amounts = 0 then granted_amount end as decimal(38, 9))
            as granted_amount,
        cast(case when unknown_amounts = 0 then applied_amount end as decimal(38, 9))
            as applied_amount,
        cast(
            case when unknown_amounts = 0 then net_amount - granted_amount - applied_amount end
            as decimal(38, 9)
        ) as lapsed_amount,
        cast(case when unknown_so_far = 0 then closing_amount end as decimal(38, 9))
            as closing_amount,
        cast(unknown_amounts as bigint) as unknown_amounts,
        {{ is_running_report_month('month') }} as is_provisional
    from running
)

select * from final

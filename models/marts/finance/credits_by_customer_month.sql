with fct_credit_transactions as (
    select * from {{ ref('fct_credit_transactions') }}
),

by_month as (
    select
        coalesce(customer_id, '__unknown__') as customer_id,
        {{ month_of('effective_date') }} as month,
        coalesce(category, '__unknown__') as category,
        currency,
        sum(case when transaction_reason = 'credits_granted' then amount else 0 end)
            as granted_amount,
        -- what a voided invoice gives back was never used
        sum(
            case
                when transaction_reason in (
                    'credits_applied', 'credits_application_invoice_voided'
                ) then amount
                else 0
            end
        ) as applied_amount,
        sum(amount) as net_amount
    from fct_credit_transactions
    group by
        coalesce(customer_id, '__unknown__'),
        {{ month_of('effective_date') }},
        coalesce(category, '__unknown__'),
        currency
),

running as (
    select
        *,
        sum(net_amount) over (
            partition by customer_id, category, currency
            order by month
            rows between unbounded preceding and current row
        ) as closing_amount
    from by_month
),

final as (
    select
        customer_id,
        month,
        category,
        currency,
        cast(closing_amount - net_amount as decimal(38, 9)) as opening_amount,
        cast(granted_amount as decimal(38, 9)) as granted_amount,
        cast(applied_amount as decimal(38, 9)) as applied_amount,
        cast(net_amount - granted_amount - applied_amount as decimal(38, 9)) as lapsed_amount,
        cast(closing_amount as decimal(38, 9)) as closing_amount,
        {{ is_running_report_month('month') }} as is_provisional
    from running
)

select * from final

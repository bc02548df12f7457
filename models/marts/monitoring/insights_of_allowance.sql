with allowance_by_customer_month as (
    select * from {{ ref('allowance_by_customer_month') }}
),

-- The running month counts where it is above already, else the last complete one.
months_outgrown as (
    select
        *,
        row_number() over (partition by customer_id order by month desc) as recency
    from allowance_by_customer_month
    where
        recommendation in ('upgrade', 'custom_plan')
        and month >= cast({{ dbt.dateadd('month', -1, month_of(as_of_timestamp())) }} as date)
),

final as (
    select
        'upsell_opportunity' as insight_type,
        'customer' as subject_type,
        customer_id as subject_id,
        'month' as period_grain,
        month as period_start,
        cast(calls as decimal(38, 9)) as value,
        cast(allowance as decimal(38, 9)) as expected,
        cast({{ upsell_share() }} as decimal(38, 9)) as threshold,
        cast(allowance_used as decimal(38, 9)) as score,
        calls as sample_size,
        'in ' || {{ month_text('month') }} || ' ' || reason as finding,
        'select month, product_id, calls, allowance, allowance_used, overage_usd, recommendation, '
        || 'reason from product.allowance_by_customer_month where customer_id = '
        || {{ sql_text('customer_id') }} || ' order by month' as query
    from months_outgrown
    where recency = 1
)

select * from final

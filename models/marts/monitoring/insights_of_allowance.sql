with allowance_by_customer_month as (
    select * from {{ ref('allowance_by_customer_month') }}
),

newest_month as (
    select max(month) as month
    from allowance_by_customer_month
),

plans_now as (
    select
        allowance_by_customer_month.customer_id,
        allowance_by_customer_month.allowance
    from allowance_by_customer_month
    inner join newest_month
        on allowance_by_customer_month.month = newest_month.month
),

-- The running month counts where it is above already, else the last complete one, unless the
-- customer has a bigger plan since, or none.
months_outgrown as (
    select
        allowance_by_customer_month.*,
        row_number() over (
            partition by allowance_by_customer_month.customer_id
            order by allowance_by_customer_month.month desc
        ) as recency
    from allowance_by_customer_month
    inner join plans_now
        on
            allowance_by_customer_month.customer_id = plans_now.customer_id
            and allowance_by_customer_month.allowance >= plans_now.allowance
    where
        allowance_by_customer_month.recommendation in ('upgrade', 'custom_plan')
        and allowance_by_customer_month.month
        >= cast({{ dbt.dateadd('month', -1, month_of(as_of_timestamp())) }} as date)
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

with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

book_compared as (
    select
        month,
        sum(case when is_paying_at_start then 1 else 0 end) as opening_customers,
        sum(case when is_churned then 1 else 0 end) as churned_customers,
        cast(
            sum(case when is_paying_at_start then least(mrr, opening_mrr) else 0 end)
            as decimal(38, 9)
        ) as kept_mrr,
        cast(sum(case when is_paying_at_start then mrr else 0 end) as decimal(38, 9))
            as retained_mrr
    from mrr_by_customer_month
    group by month
),

year_compared as (
    select
        now_months.month,
        cast(sum(then_months.mrr) as decimal(38, 9)) as mrr_12_months_ago,
        cast(sum(least(now_months.mrr, then_months.mrr)) as decimal(38, 9)) as kept_mrr_12_months,
        cast(sum(now_months.mrr) as decimal(38, 9)) as retained_mrr_12_months
    from mrr_by_customer_month as now_months
    inner join mrr_by_customer_month as then_months
        on
            now_months.customer_id = then_months.customer_id
            and then_months.month
            = cast({{ dbt.dateadd('month', -12, 'now_months.month') }} as date)
    where then_months.is_paying
    group by now_months.month
),

final as (
    select
        book_compared.month,
        cast(book_compared.opening_customers as bigint) as opening_customers,
        cast(book_compared.churned_customers as bigint) as churned_customers,
        book_compared.kept_mrr,
        book_compared.retained_mrr,
        year_compared.mrr_12_months_ago,
        year_compared.kept_mrr_12_months,
        year_compared.retained_mrr_12_months,
        '{{ report_currency() }}' as currency
    from book_compared
    left join year_compared
        on book_compared.month = year_compared.month
)

select * from final

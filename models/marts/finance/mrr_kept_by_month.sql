with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

-- What exchange rates did to a customer's MRR since it came is no gain and no loss of the book.
at_old_rates as (
    select
        *,
        case when mrr = 0 then mrr else mrr - fx_change end as mrr_at_old_rates,
        sum(fx_change) over (
            partition by customer_id order by month
            rows between unbounded preceding and current row
        ) as fx_until_now
    from mrr_by_customer_month
),

book_compared as (
    select
        month,
        sum(case when is_paying_at_start then 1 else 0 end) as opening_customers,
        sum(case when is_churned then 1 else 0 end) as churned_customers,
        cast(
            sum(case when is_paying_at_start then least(mrr_at_old_rates, opening_mrr) else 0 end)
            as decimal(38, 9)
        ) as kept_mrr,
        cast(
            sum(case when is_paying_at_start then mrr_at_old_rates else 0 end) as decimal(38, 9)
        ) as retained_mrr
    from at_old_rates
    group by month
),

year_valued as (
    select
        now_months.month,
        then_months.mrr as mrr_then,
        case
            when now_months.mrr = 0 then now_months.mrr
            else now_months.mrr - (now_months.fx_until_now - then_months.fx_until_now)
        end as mrr_now
    from at_old_rates as now_months
    inner join at_old_rates as then_months
        on
            now_months.customer_id = then_months.customer_id
            and then_months.month
            = cast({{ dbt.dateadd('month', -12, 'now_months.month') }} as date)
    where then_months.is_paying
),

year_compared as (
    select
        month,
        cast(sum(mrr_then) as decimal(38, 9)) as mrr_12_months_ago,
        cast(sum(least(mrr_now, mrr_then)) as decimal(38, 9)) as kept_mrr_12_months,
        cast(sum(mrr_now) as decimal(38, 9)) as retained_mrr_12_months
    from year_valued
    group by month
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

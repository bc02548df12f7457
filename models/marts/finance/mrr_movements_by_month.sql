with mrr_by_day as (
    select * from {{ ref('mrr_by_day') }}
),

days as (
    select * from {{ ref('dim_days') }}
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

customer_months as (
    select * from {{ ref('mrr_by_customer_month') }}
),

days_summed as (
    select
        days.month_start,
        days.is_running_month,
        sum(mrr_by_day.new_mrr) as new_mrr,
        sum(mrr_by_day.expansion_mrr) as expansion_mrr,
        sum(mrr_by_day.contraction_mrr) as contraction_mrr,
        sum(mrr_by_day.churn_mrr) as churn_mrr,
        sum(mrr_by_day.reactivation_mrr) as reactivation_mrr,
        sum(mrr_by_day.pause_mrr) as pause_mrr,
        sum(mrr_by_day.resume_mrr) as resume_mrr,
        sum(mrr_by_day.fx_mrr) as fx_mrr,
        cast(sum(case when days.is_last_of_month then mrr_by_day.mrr else 0 end) as decimal(38, 9))
            as closing_mrr,
        sum(case when days.is_last_of_month then mrr_by_day.customers else 0 end)
            as closing_customers
    from days
    inner join mrr_by_day
        on days.date_day = mrr_by_day.date
    group by
        days.month_start,
        days.is_running_month
),

movers_counted as (
    select
        {{ month_of('movement_date') }} as month_start,
        count(distinct case when movement_type = 'new' then customer_id end) as new_customers,
        count(distinct case when movement_type = 'reactivation' then customer_id end)
            as reactivated_customers
    from movements
    group by {{ month_of('movement_date') }}
),

book_compared as (
    select
        month,
        sum(case when is_paying_at_start then 1 else 0 end) as opening_customers,
        sum(case when is_churned then 1 else 0 end) as churned_customers,
        cast(
            sum(case when is_paying_at_start then least(mrr, opening_mrr) else 0 end)
            as decimal(38, 9)
        ) as kept_of_opening,
        cast(sum(case when is_paying_at_start then mrr else 0 end) as decimal(38, 9))
            as now_of_opening
    from customer_months
    group by month
),

year_compared as (
    select
        now_months.month,
        cast(sum(then_months.mrr) as decimal(38, 9)) as mrr_then,
        cast(sum(least(now_months.mrr, then_months.mrr)) as decimal(38, 9)) as kept_of_then,
        cast(sum(now_months.mrr) as decimal(38, 9)) as now_of_then
    from customer_months as now_months
    inner join customer_months as then_months
        on
            now_months.customer_id = then_months.customer_id
            and then_months.month
            = cast({{ dbt.dateadd('month', -12, 'now_months.month') }} as date)
    where then_months.is_paying
    group by now_months.month
),

joined as (
    select
        days_summed.*,
        cast(
            days_summed.new_mrr + days_summed.expansion_mrr + days_summed.contraction_mrr
            + days_summed.churn_mrr + days_summed.reactivation_mrr + days_summed.pause_mrr
            + days_summed.resume_mrr as decimal(38, 9)
        ) as net_new_mrr,
        coalesce(book_compared.opening_customers, 0) as opening_customers,
        coalesce(movers_counted.new_customers, 0) as new_customers,
        coalesce(book_compared.churned_customers, 0) as churned_customers,
        coalesce(movers_counted.reactivated_customers, 0) as reactivated_customers,
        book_compared.kept_of_opening,
        book_compared.now_of_opening,
        year_compared.mrr_then,
        year_compared.kept_of_then,
        year_compared.now_of_then
    from days_summed
    left join movers_counted
        on days_summed.month_start = movers_counted.month_start
    left join book_compared
        on days_summed.month_start = book_compared.month
    left join year_compared
        on days_summed.month_start = year_compared.month
),

final as (
    select
        month_start as month,
        cast(closing_mrr - net_new_mrr - fx_mrr as decimal(38, 9)) as opening_mrr,
        cast(new_mrr as decimal(38, 9)) as new_mrr,
        cast(expansion_mrr as decimal(38, 9)) as expansion_mrr,
        cast(contraction_mrr as decimal(38, 9)) as contraction_mrr,
        cast(churn_mrr as decimal(38, 9)) as churn_mrr,
        cast(reactivation_mrr as decimal(38, 9)) as reactivation_mrr,
        cast(pause_mrr as decimal(38, 9)) as pause_mrr,
        cast(resume_mrr as decimal(38, 9)) as resume_mrr,
        cast(fx_mrr as decimal(38, 9)) as fx_mrr,
        closing_mrr,
        net_new_mrr,
        cast(closing_mrr * 12 as decimal(38, 9)) as arr,
        cast(opening_customers as bigint) as opening_customers,
        cast(new_customers as bigint) as new_customers,
        cast(churned_customers as bigint) as churned_customers,
        cast(reactivated_customers as bigint) as reactivated_customers,
        cast(closing_customers as bigint) as closing_customers,
        {{ ratio('churned_customers', 'opening_customers') }} as customer_churn_rate,
        {{ ratio('-(churn_mrr + contraction_mrr)', 'closing_mrr - net_new_mrr - fx_mrr') }}
            as gross_mrr_churn_rate,
        {{ ratio(
            '-(churn_mrr + contraction_mrr + expansion_mrr)', 'closing_mrr - net_new_mrr - fx_mrr'
        ) }} as net_mrr_churn_rate,
        {{ ratio('kept_of_opening', 'closing_mrr - net_new_mrr - fx_mrr') }} as grr,
        {{ ratio('now_of_opening', 'closing_mrr - net_new_mrr - fx_mrr') }} as nrr,
        {{ ratio('kept_of_then', 'mrr_then') }} as grr_12_months,
        {{ ratio('now_of_then', 'mrr_then') }} as nrr_12_months,
        {{ ratio('new_mrr + expansion_mrr + reactivation_mrr', '-(churn_mrr + contraction_mrr)') }}
            as quick_ratio,
        {{ ratio('closing_mrr', 'closing_customers') }} as arpa,
        kept_of_opening as kept_mrr,
        now_of_opening as retained_mrr,
        mrr_then as mrr_12_months_ago,
        kept_of_then as kept_mrr_12_months,
        now_of_then as retained_mrr_12_months,
        '{{ report_currency() }}' as currency,
        is_running_month as is_provisional
    from joined
)

select * from final

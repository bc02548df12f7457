with mrr_by_day as (
    select * from {{ ref('mrr_by_day') }}
),

dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_mrr_movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

mrr_kept_by_month as (
    select * from {{ ref('mrr_kept_by_month') }}
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
    from dim_days as days
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
    from fct_mrr_movements
    group by {{ month_of('movement_date') }}
),

joined as (
    select
        days_summed.*,
        lag(days_summed.closing_mrr, 3) over (order by days_summed.month_start) as mrr_3_ago,
        lag(days_summed.closing_mrr, 6) over (order by days_summed.month_start) as mrr_6_ago,
        lag(days_summed.closing_mrr, 12) over (order by days_summed.month_start) as mrr_12_ago,
        cast(
            days_summed.new_mrr + days_summed.expansion_mrr + days_summed.contraction_mrr
            + days_summed.churn_mrr + days_summed.reactivation_mrr + days_summed.pause_mrr
            + days_summed.resume_mrr as decimal(38, 9)
        ) as net_new_mrr,
        coalesce(kept.opening_customers, 0) as opening_customers,
        coalesce(movers_counted.new_customers, 0) as new_customers,
        coalesce(kept.churned_customers, 0) as churned_customers,
        coalesce(movers_counted.reactivated_customers, 0) as reactivated_customers,
        kept.kept_mrr,
        kept.retained_mrr,
        kept.mrr_12_months_ago,
        kept.kept_mrr_12_months,
        kept.retained_mrr_12_months
    from days_summed
    left join movers_counted
        on days_summed.month_start = movers_counted.month_start
    left join mrr_kept_by_month as kept
        on days_summed.month_start = kept.month
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
        {{ ratio('kept_mrr', 'closing_mrr - net_new_mrr - fx_mrr') }} as grr,
        {{ ratio('retained_mrr', 'closing_mrr - net_new_mrr - fx_mrr') }} as nrr,
        {{ ratio('kept_mrr_12_months', 'mrr_12_months_ago') }} as grr_12_months,
        {{ ratio('retained_mrr_12_months', 'mrr_12_months_ago') }} as nrr_12_months,
        {{ ratio('new_mrr + expansion_mrr + reactivation_mrr', '-(churn_mrr + contraction_mrr)') }}
            as quick_ratio,
        {{ ratio('closing_mrr', 'closing_customers') }} as arpa,
        {{ ratio('opening_customers - churned_customers', 'opening_customers') }}
            as customer_retention_rate,
        {{ customer_lifetime('churned_customers', 'opening_customers') }}
            as customer_lifetime_months,
        case when not is_running_month then {{ ratio('closing_mrr - mrr_3_ago', 'mrr_3_ago') }} end
            as mrr_qoq_growth,
        case
            when not is_running_month then {{ ratio('closing_mrr - mrr_12_ago', 'mrr_12_ago') }}
        end as mrr_yoy_growth,
        case
            when not is_running_month
                then {{ growth_trend('closing_mrr', 'mrr_3_ago', 'mrr_6_ago') }}
        end as growth_trend,
        cast(
            sum(new_customers) over (order by month_start rows unbounded preceding) as bigint
        ) as customers_ever,
        kept_mrr,
        retained_mrr,
        mrr_12_months_ago,
        kept_mrr_12_months,
        retained_mrr_12_months,
        '{{ report_currency() }}' as currency,
        is_running_month as is_provisional
    from joined
)

select * from final

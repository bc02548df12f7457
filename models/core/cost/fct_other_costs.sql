with infrastructure_costs as (
    select * from {{ ref('infrastructure_costs') }}
),

months_dated as (
    select
        cast(month as date) as month,
        service,
        category,
        cast(sum(amount_usd) as decimal(38, 9)) as amount_usd,
        {{ days_between(
            month_of('month'), dbt.dateadd('month', 1, month_of('month'))
        ) }} as days_of_month,
        {{ days_between(month_of('month'), revenue_horizon()) }} as days_passed
    from infrastructure_costs
    group by
        month,
        service,
        category
),

-- A month that is running has revenue of its days so far; its cost is taken for as many days.
final as (
    select
        month,
        service,
        category,
        amount_usd,
        {{ exact_divide(
            'amount_usd * least(greatest(days_passed, 0), days_of_month)', 'days_of_month'
        ) }} as amount_to_date_usd,
        days_passed < days_of_month as is_prorated
    from months_dated
)

select * from final

with customers as (
    select * from {{ ref('customers_by_first_plan') }}
),

closed as (
    select max(last_month) as last_month from customers
),

numbers as (
    {{ dbt.generate_series(240) }}
),

members as (
    select
        'all' as segment_kind,
        'all' as segment,
        customers.*
    from customers
    union all
    select
        'plan' as segment_kind,
        product_id as segment,
        customers.*
    from customers
),

-- How often a customer could have left, and whether it did at the last of them.
lives as (
    select
        members.segment_kind,
        members.segment,
        members.interval_months,
        members.first_left_month is not null as has_left,
        {{ dbt.datediff(
            'members.cohort_month', 'coalesce(members.first_left_month, closed.last_month)', 'month'
        ) }} as months_seen
    from members
    cross join closed
),

renewed as (
    select
        *,
        cast(case
            when has_left then ceil(months_seen * 1.0 / interval_months)
            else floor(months_seen * 1.0 / interval_months)
        end as integer) as renewals
    from lives
),

final as (
    select
        renewed.segment_kind,
        renewed.segment,
        renewed.interval_months,
        cast(numbers.generated_number as integer) as renewal,
        count(*) as customers,
        sum(case
            when renewed.has_left and renewed.renewals = numbers.generated_number then 1
            else 0
        end) as lost
    from renewed
    inner join numbers
        on renewed.renewals >= numbers.generated_number
    group by
        renewed.segment_kind,
        renewed.segment,
        renewed.interval_months,
        numbers.generated_number
)

select
    segment_kind,
    segment,
    interval_months,
    renewal,
    cast(customers as bigint) as customers,
    cast(lost as bigint) as lost
from final

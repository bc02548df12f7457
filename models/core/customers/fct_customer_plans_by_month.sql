with fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

-- stretches in which the plan's features may be used
stretches_served as (
    select
        customer_id,
        product_id,
        valid_from,
        least(coalesce(valid_to, {{ as_of_timestamp() }}), {{ as_of_timestamp() }}) as served_to,
        mrr,
        coalesce(quantity, 1) as quantity,
        earning_state
    from fct_mrr_segments
    where
        earning_state in ('earning', 'trial')
        and valid_from < {{ as_of_timestamp() }}
        and (valid_to is null or valid_from < valid_to)
),

bounds as (
    select {{ month_of('min(valid_from)') }} as first_month
    from stretches_served
),

numbers as (
    {{ dbt.generate_series(1200) }}
),

months as (
    select
        cast({{ dbt.dateadd(
            'month', 'cast(numbers.generated_number as integer) - 1', 'bounds.first_month'
        ) }} as date) as month
    from numbers
    cross join bounds
),

stretches_by_month as (
    select
        months.month,
        stretches_served.customer_id,
        stretches_served.product_id,
        stretches_served.quantity,
        stretches_served.earning_state,
        least(
            stretches_served.served_to,
            cast({{ dbt.dateadd('month', 1, 'months.month') }} as {{ timestamp_type() }})
        ) as served_to
    from stretches_served
    inner join months
        on
            stretches_served.served_to > months.month
            and stretches_served.valid_from
            < cast({{ dbt.dateadd('month', 1, 'months.month') }} as {{ timestamp_type() }})
),

last_moments as (
    select
        *,
        max(served_to) over (partition by month, customer_id) as last_served_at
    from stretches_by_month
),

final as (
    select
        month,
        customer_id,
        product_id,
        cast(sum(quantity) as bigint) as quantity,
        max(case when earning_state = 'trial' then 1 else 0 end) = 1 as is_trial,
        max(served_to) as served_to
    from last_moments
    where served_to = last_served_at
    group by
        month,
        customer_id,
        product_id
)

select * from final

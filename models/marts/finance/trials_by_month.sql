with fct_trials as (
    select * from {{ ref('fct_trials') }}
),

dim_products as (
    select * from {{ ref('dim_products') }}
),

counted as (
    select
        {{ month_of(local_day_of('started_at')) }} as month,
        product_id,
        count(*) as trials,
        count(case when outcome = 'converted' then 1 end) as converted,
        count(case when outcome = 'lost' then 1 end) as lost,
        count(case when outcome = 'running' then 1 end) as running
    from fct_trials
    group by
        {{ month_of(local_day_of('started_at')) }},
        product_id
),

final as (
    select
        counted.month,
        counted.product_id,
        dim_products.product_name,
        dim_products.tier,
        cast(counted.trials as bigint) as trials,
        cast(counted.converted as bigint) as converted,
        cast(counted.lost as bigint) as lost,
        cast(counted.running as bigint) as running,
        {{ ratio('counted.converted', 'counted.converted + counted.lost') }} as conversion_rate,
        counted.running > 0 or {{ is_running_report_month('counted.month') }} as is_provisional
    from counted
    left join dim_products
        on counted.product_id = dim_products.product_id
)

select * from final

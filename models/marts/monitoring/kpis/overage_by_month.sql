with allowance_by_customer_month as (
    select * from {{ ref('allowance_by_customer_month') }}
),

final as (
    select
        month,
        cast(sum(case
            when overage_calls > 0 then 1
            when overage_calls is not null or allowance is null then 0
        end) as bigint) as customers_above,
        cast(sum(overage_usd) as decimal(38, 9)) as overage_usd,
        count(overage_calls) as customers_limited,
        is_provisional
    from allowance_by_customer_month
    group by
        month,
        is_provisional
)

select * from final

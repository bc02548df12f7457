with marketing_spend as (
    select * from {{ ref('marketing_spend') }}
),

final as (
    select
        cast(month as date) as month,
        acquisition_channel,
        cast(sum(amount_usd) as decimal(38, 9)) as amount_usd
    from marketing_spend
    group by
        month,
        acquisition_channel
)

select * from final

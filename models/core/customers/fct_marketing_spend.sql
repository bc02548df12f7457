with marketing_spend as (
    select * from {{ ref('marketing_spend') }}
),

rates as (
    select * from {{ ref('int_mrr_rates') }}
    where currency = 'usd'
),

spend_summed as (
    select
        {{ month_of('month') }} as month,
        acquisition_channel,
        cast(sum(amount_usd) as decimal(38, 9)) as amount_usd
    from marketing_spend
    group by
        {{ month_of('month') }},
        acquisition_channel
),

spend_dated as (
    select
        *,
        cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'month')) }} as date) as last_date
    from spend_summed
),

-- in the report currency at the rate of the month's last day, or the newest before
final as (
    select
        spend_dated.month,
        spend_dated.acquisition_channel,
        spend_dated.amount_usd,
        {{ in_report_currency(
            'spend_dated.amount_usd', "'usd'", 'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as amount,
        '{{ report_currency() }}' as currency
    from spend_dated
    left join rates
        on
            spend_dated.last_date >= rates.valid_from
            and spend_dated.last_date < {{ until('rates.valid_to') }}
)

select * from final

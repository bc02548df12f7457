with dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
),

month_ends as (
    select
        month_start,
        date_day,
        is_running_month
    from dim_days
    where is_last_of_month
),

segments_dated as (
    select
        *,
        {{ local_day_of('valid_from') }} as from_date,
        {{ local_day_of('valid_to') }} as to_date
    from fct_mrr_segments
    where mrr > 0
),

final as (
    select
        month_ends.month_start as month,
        segments_dated.evidence,
        cast(sum(coalesce({{ in_report_currency(
            'segments_dated.mrr', 'segments_dated.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}, 0)) as decimal(38, 9)) as mrr,
        count(distinct segments_dated.customer_id) as customers,
        '{{ report_currency() }}' as currency,
        month_ends.is_running_month as is_provisional
    from month_ends
    inner join segments_dated
        on
            month_ends.date_day >= segments_dated.from_date
            and (segments_dated.to_date is null or month_ends.date_day < segments_dated.to_date)
    left join dim_exchange_rates as rates
        on
            segments_dated.native_currency = rates.currency
            and month_ends.date_day >= rates.valid_from
            and month_ends.date_day < {{ until('rates.valid_to') }}
    group by
        month_ends.month_start,
        month_ends.is_running_month,
        segments_dated.evidence
)

select * from final

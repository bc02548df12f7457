with rates as (
    select * from {{ ref('int_mrr_rates') }}
),

final as (
    select
        currency,
        valid_from,
        valid_to,
        cast(usd_per_unit as decimal(18, 12)) as usd_per_unit,
        cast(usd_per_report_unit as decimal(18, 12)) as usd_per_report_unit,
        '{{ report_currency() }}' as report_currency
    from rates
)

select * from final

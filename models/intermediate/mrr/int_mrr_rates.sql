{{ config(materialized='table') }}

with int_mrr_rates_by_day_of_change as (
    select * from {{ ref('int_mrr_rates_by_day_of_change') }}
),

rates_compared as (
    select
        *,
        lag(usd_per_unit) over (partition by currency order by rate_date) as usd_before,
        lag(usd_per_report_unit) over (partition by currency order by rate_date) as report_before
    from int_mrr_rates_by_day_of_change
),

changes as (
    select
        *,
        row_number() over (partition by currency order by rate_date) as change_number
    from rates_compared
    where
        usd_before is null
        or usd_per_unit <> usd_before
        or usd_per_report_unit <> report_before
),

all_rates as (
    select
        currency,
        -- The first rate given serves for the time before as well.
        case
            when change_number = 1 then cast('1970-01-01' as date)
            else rate_date
        end as valid_from,
        lead(rate_date) over (partition by currency order by rate_date) as valid_to,
        usd_per_unit,
        usd_per_report_unit
    from changes
    union all
    select
        '{{ report_currency() }}' as currency,
        cast('1970-01-01' as date) as valid_from,
        cast(null as date) as valid_to,
        cast(1 as decimal(18, 12)) as usd_per_unit,
        cast(1 as decimal(18, 12)) as usd_per_report_unit
),

final as (
    select
        currency,
        valid_from,
        valid_to,
        usd_per_unit,
        usd_per_report_unit
    from all_rates
)

select * from final

with forecasts_by_origin as (
    select * from {{ ref('forecasts_by_origin') }}
),

forecast_known_changes as (
    select * from {{ ref('forecast_known_changes') }}
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
    where valid_to is null
),

ranked as (
    select
        *,
        max(origin_month) over (partition by metric) as newest_origin
    from forecasts_by_origin
),

newest as (
    select * from ranked
    where
        origin_month = newest_origin
        and month >= {{ month_of(local_day_of(as_of_timestamp())) }}
),

-- Amounts are added; a price moves AI cost by a factor, bounds and all.
known as (
    select
        newest.*,
        case newest.metric
            when 'mrr' then changes.mrr_change
            when 'recognised_revenue' then changes.revenue_change
            when 'gross_margin' then cast({{ to_money(
                "changes.revenue_change * cast(case when '" ~ report_currency()
                ~ "' = 'usd' then 1 else rates.usd_per_unit end as decimal(18, 9))"
            ) }} - {{ to_money('llm.value * (changes.llm_price_factor - 1)') }} as decimal(38, 9))
            else cast(0 as decimal(38, 9))
        end as change_added,
        case when newest.metric = 'llm_cost' then changes.llm_price_factor else 1 end as factor,
        cast(case when newest.metric in ('mrr', 'llm_cost') then 0 end as decimal(38, 9))
            as floor_value
    from newest
    inner join forecast_known_changes as changes
        on newest.month = changes.month
    left join newest as llm
        on
            llm.metric = 'llm_cost'
            and newest.month = llm.month
    left join dim_exchange_rates as rates
        on rates.currency = '{{ report_currency() }}'
),

final as (
    select
        metric,
        month,
        months_ahead,
        origin_month,
        {% for name in ['value', 'lower_80', 'upper_80', 'lower_95', 'upper_95'] -%}
            case
                when {{ name }} is not null then cast(greatest(
                    {{ to_money(name ~ ' * factor') }} + change_added, floor_value
                ) as decimal(38, 9))
            end as {{ name }},
        {% endfor -%}
        cast(change_added + {{ to_money('value * (factor - 1)') }} as decimal(38, 9))
            as known_change,
        currency,
        method
    from known
)

select * from final

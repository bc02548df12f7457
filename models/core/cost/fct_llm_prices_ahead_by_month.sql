{% set this_month = month_of(as_of_timestamp()) %}

with rates as (
    select * from {{ ref('int_llm_rates_in_nano') }}
),

int_llm_calls_by_token_kind as (
    select * from {{ ref('int_llm_calls_by_token_kind') }}
),

fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

horizons as (
    {{ forecast_horizons() }}
),

months_to_come as (
    select
        cast({{ dbt.dateadd('month', 'months_ahead - 1', this_month) }} as date) as month,
        cast({{ dbt.dateadd('month', 'months_ahead', this_month) }} as date) as next_month
    from horizons
),

last_month as (
    select
        cast({{ dbt.dateadd('month', -1, this_month) }} as date) as first_date,
        cast({{ dbt.dateadd('day', -1, this_month) }} as date) as last_date
),

models_to_change as (
    select distinct
        rates.provider,
        rates.model_id,
        rates.service_tier
    from rates
    cross join last_month
    where
        rates.valid_from > last_month.last_date
        and rates.valid_from < cast({{ dbt.dateadd('month', 12, this_month) }} as date)
),

-- Rates as they were on the last day of the last complete month.
rates_before as (
    select rates.*
    from rates
    cross join last_month
    inner join models_to_change
        on
            rates.provider = models_to_change.provider
            and rates.model_id = models_to_change.model_id
            and rates.service_tier = models_to_change.service_tier
    where
        rates.valid_from <= last_month.last_date
        and rates.valid_to > last_month.last_date
),

tokens as (
    select
        before.provider,
        before.model_id,
        before.service_tier,
        before.above_tokens,
    {% for kind, tokens in llm_token_columns() -%}
        sum(calls.{{ tokens }}) as {{ kind }}_tokens,
        max(before.{{ kind }}_nano + {{ as_double('before.' ~ kind ~ '_femto') }} / 1e6)
            as {{ kind }}_rate{{ ',' if not loop.last }}
    {% endfor %}
    from int_llm_calls_by_token_kind as calls
    cross join last_month
    inner join rates_before as before
        on
            calls.provider = before.provider
            and calls.model_to_price = before.model_id
            and calls.service_tier = before.service_tier
            and calls.input_tokens > before.above_tokens
            and calls.input_tokens <= before.up_to_tokens
    where
        calls.cost_date between last_month.first_date and last_month.last_date
        and not calls.is_cache_hit
    group by
        before.provider,
        before.model_id,
        before.service_tier,
        before.above_tokens
),

-- What the same tokens cost more or less at the rates of a month to come, by the days of each rate.
changes as (
    select
        months.month,
        {{ as_double(days_between(
            'greatest(months.month, rates.valid_from)', 'least(months.next_month, rates.valid_to)'
        )) }} / {{ days_between('months.month', 'months.next_month') }} as share_of_month,
        {% for kind, _ in llm_token_columns() -%}
            coalesce(tokens.{{ kind }}_tokens * (
                rates.{{ kind }}_nano + {{ as_double('rates.' ~ kind ~ '_femto') }} / 1e6
                - coalesce(
                    tokens.{{ kind }}_rate,
                    rates.{{ kind }}_nano + {{ as_double('rates.' ~ kind ~ '_femto') }} / 1e6
                )
            ), 0){{ ' +' if not loop.last }}
        {% endfor %} as change_nano
    from tokens
    inner join rates
        on
            tokens.provider = rates.provider
            and tokens.model_id = rates.model_id
            and tokens.service_tier = rates.service_tier
            and tokens.above_tokens = rates.above_tokens
    inner join months_to_come as months
        on
            rates.valid_from < months.next_month
            and rates.valid_to > months.month
),

changes_by_month as (
    select
        month,
        sum(change_nano * share_of_month) / 1e9 as change_usd
    from changes
    group by month
),

costs_of_last_month as (
    select {{ as_double('sum(fct_llm_usage_by_day.list_cost_usd)') }} as list_cost_usd
    from fct_llm_usage_by_day
    cross join last_month
    where fct_llm_usage_by_day.cost_date between last_month.first_date and last_month.last_date
),

final as (
    select
        months.month,
        cast(round(cast(coalesce(
            1 + changes_by_month.change_usd / nullif(costs_of_last_month.list_cost_usd, 0), 1
        ) as decimal(38, 12)), 9) as decimal(38, 9)) as price_factor
    from months_to_come as months
    cross join costs_of_last_month
    left join changes_by_month
        on months.month = changes_by_month.month
)

select * from final

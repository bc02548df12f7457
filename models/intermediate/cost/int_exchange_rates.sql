with exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

final as (
    select
        lower(currency) as currency,
        usd_per_unit,
        rate_date as valid_from,
        lead(rate_date) over (partition by lower(currency) order by rate_date) as valid_to
    from exchange_rates
)

select * from final

with dim_customers as (
    select * from {{ ref('dim_customers') }}
),

mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

fct_marketing_spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

measures as (
    select
        {{ month_of('signed_up_at') }} as month,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        1 as signups,
        0 as new_customers,
        cast(0 as decimal(38, 9)) as new_mrr,
        cast(null as decimal(38, 9)) as spend_usd
    from dim_customers
    where signed_up_at is not null
    union all
    select
        mrr_by_customer_month.month,
        coalesce(dim_customers.acquisition_channel, 'unknown') as acquisition_channel,
        0 as signups,
        1 as new_customers,
        mrr_by_customer_month.mrr as new_mrr,
        cast(null as decimal(38, 9)) as spend_usd
    from mrr_by_customer_month
    left join dim_customers
        on mrr_by_customer_month.customer_id = dim_customers.customer_id
    where mrr_by_customer_month.month = mrr_by_customer_month.cohort_month
    union all
    select
        {{ month_of('month') }} as month,
        acquisition_channel,
        0 as signups,
        0 as new_customers,
        cast(0 as decimal(38, 9)) as new_mrr,
        amount_usd as spend_usd
    from fct_marketing_spend
    where {{ month_of('month') }} < {{ as_of_timestamp() }}
),

measures_by_channel as (
    select
        month,
        acquisition_channel,
        sum(signups) as signups,
        sum(new_customers) as new_customers,
        sum(new_mrr) as new_mrr,
        sum(spend_usd) as spend_usd
    from measures
    group by
        month,
        acquisition_channel
),

final as (
    select
        month,
        acquisition_channel,
        cast(signups as bigint) as signups,
        cast(new_customers as bigint) as new_customers,
        {{ ratio('new_customers', 'signups') }} as new_customers_per_signup,
        cast(new_mrr as decimal(38, 9)) as new_mrr,
        cast(spend_usd as decimal(38, 9)) as spend_usd,
        {{ ratio('spend_usd', 'signups') }} as cost_usd_per_signup,
        {{ ratio('spend_usd', 'new_customers') }} as cost_usd_per_acquisition,
        '{{ report_currency() }}' as currency,
        {{ is_running_month('month') }} as is_provisional
    from measures_by_channel
)

select * from final

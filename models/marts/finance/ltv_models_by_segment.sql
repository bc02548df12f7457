with lifetime_fits_by_segment as (
    select * from {{ ref('lifetime_fits_by_segment') }}
),

lifetimes_by_segment as (
    select * from {{ ref('lifetimes_by_segment') }}
),

customers_by_first_plan as (
    select * from {{ ref('customers_by_first_plan') }}
),

mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
    where not is_provisional
),

ltv_by_segment as (
    select * from {{ ref('ltv_by_segment') }}
),

last_month as (
    select max(month) as month from mrr_by_customer_month
),

paying as (
    select
        customers.product_id,
        customers.interval_months,
        months.mrr
    from mrr_by_customer_month as months
    inner join last_month
        on months.month = last_month.month
    inner join customers_by_first_plan as customers
        on months.customer_id = customers.customer_id
    where months.is_paying
),

arpas as (
    select
        'all' as segment_kind,
        'all' as segment,
        interval_months,
        sum(mrr) as mrr,
        count(*) as paying_customers
    from paying
    group by interval_months
    union all
    select
        'plan' as segment_kind,
        product_id as segment,
        interval_months,
        sum(mrr) as mrr,
        count(*) as paying_customers
    from paying
    group by
        product_id,
        interval_months
),

joined as (
    select
        fits.*,
        lifetimes.discounted_months,
        lifetimes.discounted_months_lower,
        lifetimes.discounted_months_upper,
        lifetimes.months_within_36,
        lifetimes.months_within_60,
        {{ ratio('arpas.mrr', 'arpas.paying_customers') }} as arpa,
        coalesce(arpas.paying_customers, 0) as paying_customers,
        simple.gross_margin,
        simple.ltv_revenue as simple_ltv_revenue,
        simple.ltv_margin as simple_ltv_margin,
        case
            when fits.periods < 4
                then 'fewer than 4 billing periods were seen'
            when fits.losses < 50
                then 'fewer than 50 customers left'
            when fits.likelihood_gain < 1.353
                then 'churn does not fall with age'
            when lifetimes.discounted_months is null
                then 'the model has no best fit here'
        end as reason
    from lifetime_fits_by_segment as fits
    left join lifetimes_by_segment as lifetimes
        on
            fits.segment_kind = lifetimes.segment_kind
            and fits.segment = lifetimes.segment
            and fits.interval_months = lifetimes.interval_months
    left join arpas
        on
            fits.segment_kind = arpas.segment_kind
            and fits.segment = arpas.segment
            and fits.interval_months = arpas.interval_months
    left join ltv_by_segment as simple
        on
            fits.segment_kind = simple.segment_kind
            and fits.segment = simple.segment
),

final as (
    select
        segment_kind,
        segment,
        interval_months,
        case when reason is null then 'shifted_beta_geometric' else 'simple' end as method,
        reason,
        periods,
        customers,
        losses,
        case when reason is null then cast(alpha as decimal(38, 9)) end as alpha,
        case when reason is null then cast(beta as decimal(38, 9)) end as beta,
        arpa,
        cast(paying_customers as bigint) as sample_size,
        gross_margin,
        {% for name in [
            'discounted_months', 'discounted_months_lower', 'discounted_months_upper',
            'months_within_36', 'months_within_60',
        ] -%}
            case when reason is null then cast({{ name }} as decimal(38, 9)) end as {{ name }},
        {% endfor -%}
        {% for ending in ['', '_lower', '_upper'] -%}
            case
                when reason is null
                    then {{ lifetime_value('arpa', 'discounted_months' ~ ending) }}
            end as ltv_revenue{{ ending }},
            case
                when reason is null
                    then {{ lifetime_value(
                        'arpa', 'discounted_months' ~ ending, 'gross_margin'
                    ) }}
            end as ltv_margin{{ ending }},
        {% endfor -%}
        simple_ltv_revenue,
        simple_ltv_margin,
        '{{ report_currency() }}' as currency
    from joined
)

select * from final

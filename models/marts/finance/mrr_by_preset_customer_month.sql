with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

fct_mrr_preset_differences as (
    select * from {{ ref('fct_mrr_preset_differences') }}
),

dim_days as (
    select * from {{ ref('dim_days') }}
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

differences_dated as (
    select
        *,
        {{ local_day_of('valid_from') }} as from_date,
        {{ local_day_of('valid_to') }} as to_date
    from fct_mrr_preset_differences
),

-- What is different at the end of a month, at the rate of that day.
differences_summed as (
    select
        differences_dated.customer_id,
        month_ends.month_start,
        month_ends.is_running_month,
        differences_dated.reason,
        differences_dated.native_currency,
        month_ends.date_day,
        sum(differences_dated.native_difference) as native_difference
    from differences_dated
    inner join month_ends
        on
            differences_dated.from_date <= month_ends.date_day
            and (
                differences_dated.to_date is null
                or differences_dated.to_date > month_ends.date_day
            )
    group by
        differences_dated.customer_id,
        month_ends.month_start,
        month_ends.is_running_month,
        differences_dated.reason,
        differences_dated.native_currency,
        month_ends.date_day
),

differences_converted as (
    select
        differences_summed.customer_id,
        differences_summed.month_start,
        differences_summed.is_running_month,
        differences_summed.reason,
        coalesce({{ in_report_currency(
            'differences_summed.native_difference', 'differences_summed.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}, cast(0 as decimal(38, 9))) as difference
    from differences_summed
    left join dim_exchange_rates as rates
        on
            differences_summed.native_currency = rates.currency
            and differences_summed.date_day >= rates.valid_from
            and differences_summed.date_day < {{ until('rates.valid_to') }}
),

house_and_differences as (
    select
        customer_id,
        month as month_start,
        is_provisional,
        'house' as reason,
        mrr as amount
    from mrr_by_customer_month
    where mrr <> 0
    union all
    select
        customer_id,
        month_start,
        is_running_month as is_provisional,
        reason,
        difference as amount
    from differences_converted
),

final as (
    select
        customer_id,
        month_start as month,
        {{ sum_of_type('amount', 'reason', 'house') }} as mrr,
        cast(sum(amount) as decimal(38, 9)) as stripe_compat_mrr,
        cast(sum(case when reason = 'house' then 0 else amount end) as decimal(38, 9))
            as difference,
        {{ sum_of_type('amount', 'reason', 'discount') }} as discount_difference,
        {{ sum_of_type('amount', 'reason', 'cancel_requested') }} as cancel_requested_difference,
        {{ sum_of_type('amount', 'reason', 'first_payment') }} as first_payment_difference,
        '{{ report_currency() }}' as currency,
        is_provisional
    from house_and_differences
    group by
        customer_id,
        month_start,
        is_provisional
)

select * from final

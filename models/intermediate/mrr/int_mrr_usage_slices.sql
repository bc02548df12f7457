{{ config(materialized='table') }}

with invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

status_stretches as (
    select * from {{ ref('int_mrr_status_stretches') }}
),

months_ahead as (
    select 1 as month_number
    union all
    select 2 as month_number
    union all
    select 3 as month_number
),

-- usage belongs to the month in which its service period begins
usage_by_month as (
    select
        subscription_id,
        coalesce(subscription_item_id, subscription_id || ':' || price_id) as subscription_item_id,
        price_id,
        product_id,
        currency,
        {{ month_of(local_day_of('period_start_at')) }} as service_month,
        sum(amount) as amount,
        sum(discount_amount) as discount_amount,
        sum(inclusive_tax_amount) as tax_amount
    from invoice_lines
    where
        '{{ mrr_switch('usage_in_mrr') }}' = 'trailing3'
        and usage_type = 'metered'
        and invoice_status in ('paid', 'open', 'uncollectible')
        and invoice_finalized_at is not null
        and subscription_id is not null
        and price_id is not null
        and invoice_created_at <= {{ as_of_timestamp() }}
    group by
        subscription_id,
        coalesce(subscription_item_id, subscription_id || ':' || price_id),
        price_id,
        product_id,
        currency,
        {{ month_of(local_day_of('period_start_at')) }}
),

-- each month weighs in the three that follow it
usage_ahead as (
    select
        usage_by_month.*,
        cast(
            {{ dbt.dateadd('month', 'months_ahead.month_number', 'usage_by_month.service_month') }}
            as date
        ) as month_start
    from usage_by_month
    cross join months_ahead
),

means as (
    select
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        currency,
        month_start,
        {{ exact_divide('sum(amount)', '3') }} as gross_mrr,
        {{ exact_divide('sum(discount_amount)', '3') }} as discount_mrr,
        {{ exact_divide('sum(tax_amount)', '3') }} as tax_mrr
    from usage_ahead
    group by
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        currency,
        month_start
    having sum(amount) - sum(discount_amount) - sum(tax_amount) > 0
),

means_timed as (
    select
        *,
        {{ start_of_local_day('month_start') }} as month_from,
        {{ start_of_local_day(dbt.dateadd('month', 1, 'month_start')) }} as month_to
    from means
),

final as (
    select
        means_timed.subscription_id,
        means_timed.subscription_item_id,
        subscriptions.customer_id,
        coalesce(means_timed.product_id, means_timed.price_id) as product_id,
        means_timed.price_id,
        cast(null as bigint) as quantity,
        'invoice_line' as evidence,
        status_stretches.status,
        status_stretches.pause_behavior,
        status_stretches.earning_state,
        status_stretches.state_if_proven,
        means_timed.currency as native_currency,
        false as is_unpriced,
        means_timed.gross_mrr,
        means_timed.discount_mrr,
        means_timed.tax_mrr,
        cast(
            means_timed.gross_mrr - means_timed.discount_mrr - means_timed.tax_mrr
            as decimal(38, 9)
        ) as mrr,
        cast(
            means_timed.gross_mrr - means_timed.discount_mrr - means_timed.tax_mrr
            as decimal(38, 9)
        ) as stripe_compat_mrr,
        greatest(means_timed.month_from, status_stretches.valid_from) as valid_from,
        case
            when
                means_timed.month_to <= {{ as_of_timestamp() }}
                or status_stretches.valid_to <= means_timed.month_to
                then least(
                    means_timed.month_to,
                    coalesce(status_stretches.valid_to, means_timed.month_to)
                )
        end as valid_to
    from means_timed
    inner join status_stretches
        on
            means_timed.subscription_id = status_stretches.subscription_id
            and means_timed.month_to > status_stretches.valid_from
            and (
                status_stretches.valid_to is null
                or means_timed.month_from < status_stretches.valid_to
            )
    inner join subscriptions
        on means_timed.subscription_id = subscriptions.subscription_id
    where means_timed.month_from <= {{ as_of_timestamp() }}
)

select * from final

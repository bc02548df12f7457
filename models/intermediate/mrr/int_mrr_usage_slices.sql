{{ config(materialized='table') }}

with int_mrr_usage_means as (
    select * from {{ ref('int_mrr_usage_means') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_mrr_earning_stretches as (
    select * from {{ ref('int_mrr_earning_stretches') }}
),

means_timed as (
    select
        *,
        {{ start_of_local_day('month_start') }} as month_from,
        {{ start_of_local_day(dbt.dateadd('month', 1, 'month_start')) }} as month_to
    from int_mrr_usage_means
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
    inner join int_mrr_earning_stretches as status_stretches
        on
            means_timed.subscription_id = status_stretches.subscription_id
            and means_timed.month_to > status_stretches.valid_from
            and (
                status_stretches.valid_to is null
                or means_timed.month_from < status_stretches.valid_to
            )
    inner join int_mrr_subscriptions as subscriptions
        on means_timed.subscription_id = subscriptions.subscription_id
    where means_timed.month_from <= {{ as_of_timestamp() }}
)

select * from final

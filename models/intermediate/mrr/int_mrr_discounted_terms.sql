{{ config(materialized='table') }}

with int_mrr_discounted_periods as (
    select * from {{ ref('int_mrr_discounted_periods') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

next_renewals as (
    select
        discounted_periods.discount_id,
        discounted_periods.subscription_id,
        discounted_periods.subscription_item_id,
        discounted_periods.period_start_at,
        min(proven_lines.period_start_at) as renewed_at
    from int_mrr_discounted_periods as discounted_periods
    inner join int_mrr_proven_lines as proven_lines
        on
            discounted_periods.subscription_id = proven_lines.subscription_id
            and discounted_periods.subscription_item_id = proven_lines.subscription_item_id
            and discounted_periods.period_start_at < proven_lines.period_start_at
    where not proven_lines.is_proration
    group by
        discounted_periods.discount_id,
        discounted_periods.subscription_id,
        discounted_periods.subscription_item_id,
        discounted_periods.period_start_at
),

-- A term lasts as long as its period, or what a renewal left of it.
final as (
    select
        discounted_periods.discount_id,
        discounted_periods.subscription_id,
        discounted_periods.subscription_item_id,
        discounted_periods.period_start_at as term_start_at,
        least(
            discounted_periods.period_end_at,
            coalesce(next_renewals.renewed_at, discounted_periods.period_end_at)
        ) as term_end_at,
        rank() over (
            partition by discounted_periods.discount_id, discounted_periods.subscription_id
            order by discounted_periods.period_start_at
        ) = 1 as is_first_charge,
        row_number() over (
            partition by
                discounted_periods.discount_id,
                discounted_periods.subscription_id,
                discounted_periods.subscription_item_id
            order by discounted_periods.period_start_at desc
        ) = 1 as is_last_term
    from int_mrr_discounted_periods as discounted_periods
    left join next_renewals
        on
            discounted_periods.discount_id = next_renewals.discount_id
            and discounted_periods.subscription_id = next_renewals.subscription_id
            and discounted_periods.subscription_item_id = next_renewals.subscription_item_id
            and discounted_periods.period_start_at = next_renewals.period_start_at
)

select * from final

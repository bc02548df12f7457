with int_mrr_discount_sightings as (
    select * from {{ ref('int_mrr_discount_sightings') }}
),

int_mrr_discounted_periods as (
    select * from {{ ref('int_mrr_discounted_periods') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

periods_ranked as (
    select
        *,
        row_number() over (
            partition by discount_id, subscription_id order by period_start_at
        ) as period_number
    from int_mrr_discounted_periods
),

first_periods as (
    select *
    from periods_ranked
    where period_number = 1
),

next_renewals as (
    select
        first_periods.discount_id,
        first_periods.subscription_id,
        min(int_mrr_proven_lines.period_start_at) as renewed_at
    from first_periods
    inner join int_mrr_proven_lines
        on
            first_periods.subscription_id = int_mrr_proven_lines.subscription_id
            and first_periods.period_start_at < int_mrr_proven_lines.period_start_at
    where not int_mrr_proven_lines.is_proration
    group by
        first_periods.discount_id,
        first_periods.subscription_id
),

-- The period of the first invoice with a charge that it was on, or what a renewal left of it.
final as (
    select
        sightings.discount_level,
        sightings.discount_id,
        sightings.subscription_id,
        sightings.subscription_item_id,
        first_periods.period_start_at as valid_from,
        least(
            first_periods.period_end_at,
            coalesce(next_renewals.renewed_at, first_periods.period_end_at)
        ) as valid_to
    from int_mrr_discount_sightings as sightings
    inner join int_billing_discounts
        on sightings.discount_id = int_billing_discounts.discount_id
    inner join first_periods
        on
            sightings.discount_id = first_periods.discount_id
            and sightings.subscription_id = first_periods.subscription_id
    left join next_renewals
        on
            sightings.discount_id = next_renewals.discount_id
            and sightings.subscription_id = next_renewals.subscription_id
    where int_billing_discounts.duration = 'once'
)

select * from final

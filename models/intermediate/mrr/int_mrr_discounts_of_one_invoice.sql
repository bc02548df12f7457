with int_mrr_discount_sightings as (
    select * from {{ ref('int_mrr_discount_sightings') }}
),

int_mrr_discounted_terms as (
    select * from {{ ref('int_mrr_discounted_terms') }}
    where is_first_charge
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
    where is_proration and not is_credit and amount > 0
),

-- What is left of a term is billed anew for another price or quantity, and the discount is used up.
charges_in_terms as (
    select
        first_terms.discount_id,
        first_terms.subscription_id,
        first_terms.subscription_item_id,
        min(int_mrr_proven_lines.period_start_at) as charged_at
    from int_mrr_discounted_terms as first_terms
    inner join int_mrr_proven_lines
        on
            first_terms.subscription_id = int_mrr_proven_lines.subscription_id
            and first_terms.subscription_item_id = int_mrr_proven_lines.subscription_item_id
            and first_terms.term_start_at < int_mrr_proven_lines.period_start_at
            and first_terms.term_end_at > int_mrr_proven_lines.period_start_at
    group by
        first_terms.discount_id,
        first_terms.subscription_id,
        first_terms.subscription_item_id
),

-- What the first invoice with a charge that it was on is for.
final as (
    select
        sightings.discount_level,
        sightings.discount_id,
        sightings.subscription_id,
        first_terms.subscription_item_id,
        first_terms.term_start_at as valid_from,
        coalesce(charges_in_terms.charged_at, first_terms.term_end_at) as valid_to
    from int_mrr_discount_sightings as sightings
    inner join int_billing_discounts
        on sightings.discount_id = int_billing_discounts.discount_id
    inner join int_mrr_discounted_terms as first_terms
        on
            sightings.discount_id = first_terms.discount_id
            and sightings.subscription_id = first_terms.subscription_id
            and coalesce(sightings.subscription_item_id, first_terms.subscription_item_id)
            = first_terms.subscription_item_id
    left join charges_in_terms
        on
            first_terms.discount_id = charges_in_terms.discount_id
            and first_terms.subscription_id = charges_in_terms.subscription_id
            and first_terms.subscription_item_id = charges_in_terms.subscription_item_id
    where int_billing_discounts.duration = 'once'
)

select * from final

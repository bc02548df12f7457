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

-- What the first invoice with a charge that it was on is for.
final as (
    select
        sightings.discount_level,
        sightings.discount_id,
        sightings.subscription_id,
        first_terms.subscription_item_id,
        first_terms.term_start_at as valid_from,
        first_terms.term_end_at as valid_to
    from int_mrr_discount_sightings as sightings
    inner join int_billing_discounts
        on sightings.discount_id = int_billing_discounts.discount_id
    inner join int_mrr_discounted_terms as first_terms
        on
            sightings.discount_id = first_terms.discount_id
            and sightings.subscription_id = first_terms.subscription_id
            and coalesce(sightings.subscription_item_id, first_terms.subscription_item_id)
            = first_terms.subscription_item_id
    where int_billing_discounts.duration = 'once'
)

select * from final

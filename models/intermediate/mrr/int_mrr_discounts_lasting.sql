with int_mrr_discount_sightings as (
    select * from {{ ref('int_mrr_discount_sightings') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

int_mrr_discounted_terms as (
    select * from {{ ref('int_mrr_discounted_terms') }}
    where is_last_term
),

while_it_is_given as (
    select
        sightings.discount_level,
        sightings.discount_id,
        sightings.subscription_id,
        sightings.subscription_item_id,
        int_billing_discounts.duration,
        sightings.valid_from,
        case
            when int_billing_discounts.ends_at is null then sightings.valid_to
            when sightings.valid_to is null then int_billing_discounts.ends_at
            else least(sightings.valid_to, int_billing_discounts.ends_at)
        end as valid_to
    from int_mrr_discount_sightings as sightings
    inner join int_billing_discounts
        on sightings.discount_id = int_billing_discounts.discount_id
    where coalesce(int_billing_discounts.duration, 'forever') <> 'once'
),

-- A term that was billed with it costs less until its end.
final as (
    select
        discount_level,
        discount_id,
        subscription_id,
        subscription_item_id,
        valid_from,
        valid_to
    from while_it_is_given
    union all
    select
        while_it_is_given.discount_level,
        while_it_is_given.discount_id,
        while_it_is_given.subscription_id,
        last_terms.subscription_item_id,
        while_it_is_given.valid_to as valid_from,
        last_terms.term_end_at as valid_to
    from while_it_is_given
    inner join int_mrr_discounted_terms as last_terms
        on
            while_it_is_given.discount_id = last_terms.discount_id
            and while_it_is_given.subscription_id = last_terms.subscription_id
            and coalesce(while_it_is_given.subscription_item_id, last_terms.subscription_item_id)
            = last_terms.subscription_item_id
            and while_it_is_given.valid_to > last_terms.term_start_at
            and while_it_is_given.valid_to < last_terms.term_end_at
    where while_it_is_given.duration = 'repeating'
)

select * from final

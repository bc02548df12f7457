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

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
    where is_proration and not is_credit and amount > 0
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

terms_left as (
    select
        while_it_is_given.discount_level,
        while_it_is_given.discount_id,
        while_it_is_given.subscription_id,
        last_terms.subscription_item_id,
        while_it_is_given.valid_to as valid_from,
        last_terms.term_start_at,
        last_terms.term_end_at
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
),

charges_in_terms as (
    select
        terms_left.discount_id,
        terms_left.subscription_id,
        terms_left.subscription_item_id,
        min(int_mrr_proven_lines.period_start_at) as charged_at
    from terms_left
    inner join int_mrr_proven_lines
        on
            terms_left.subscription_id = int_mrr_proven_lines.subscription_id
            and terms_left.subscription_item_id = int_mrr_proven_lines.subscription_item_id
            and terms_left.valid_from <= int_mrr_proven_lines.period_start_at
            and terms_left.term_end_at > int_mrr_proven_lines.period_start_at
    group by
        terms_left.discount_id,
        terms_left.subscription_id,
        terms_left.subscription_item_id
),

-- A term that was billed with it costs less until its end, or until the rest of it is billed anew,
-- without the discount, for another price or quantity.
final as (
    select
        discount_level,
        discount_id,
        subscription_id,
        subscription_item_id,
        cast(null as {{ timestamp_type() }}) as billed_at,
        valid_from,
        valid_to
    from while_it_is_given
    union all
    select
        terms_left.discount_level,
        terms_left.discount_id,
        terms_left.subscription_id,
        terms_left.subscription_item_id,
        terms_left.term_start_at as billed_at,
        terms_left.valid_from,
        coalesce(charges_in_terms.charged_at, terms_left.term_end_at) as valid_to
    from terms_left
    left join charges_in_terms
        on
            terms_left.discount_id = charges_in_terms.discount_id
            and terms_left.subscription_id = charges_in_terms.subscription_id
            and terms_left.subscription_item_id = charges_in_terms.subscription_item_id
)

select * from final

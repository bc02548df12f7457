with int_mrr_discount_sightings as (
    select * from {{ ref('int_mrr_discount_sightings') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

final as (
    select
        sightings.discount_level,
        sightings.discount_id,
        sightings.subscription_id,
        sightings.subscription_item_id,
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
)

select * from final

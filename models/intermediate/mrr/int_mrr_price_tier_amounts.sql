with int_mrr_price_terms as (
    select * from {{ ref('int_mrr_price_terms') }}
),

int_billing_price_tiers as (
    select * from {{ ref('int_billing_price_tiers') }}
),

-- By volume one tier charges for all units, graduated each tier for those that fall in it.
tiers_reached as (
    select
        int_mrr_price_terms.price_id,
        int_mrr_price_terms.subscription_currency,
        int_mrr_price_terms.quantity,
        {{ amount_of_units(
            'coalesce(int_billing_price_tiers.unit_amount_minor, 0)',
            "case when int_mrr_price_terms.tiers_mode = 'volume' then int_mrr_price_terms.units"
            ~ ' else least(int_mrr_price_terms.units,'
            ~ ' coalesce(int_billing_price_tiers.up_to, int_mrr_price_terms.units))'
            ~ ' - int_billing_price_tiers.starts_above end'
        ) }} + coalesce(int_billing_price_tiers.flat_amount_minor, 0) as amount_minor
    from int_mrr_price_terms
    inner join int_billing_price_tiers
        on
            int_mrr_price_terms.price_id = int_billing_price_tiers.price_id
            and int_mrr_price_terms.native_currency = int_billing_price_tiers.currency
    where
        int_mrr_price_terms.units > int_billing_price_tiers.starts_above
        and (
            int_mrr_price_terms.tiers_mode = 'graduated'
            or int_billing_price_tiers.up_to is null
            or int_mrr_price_terms.units <= int_billing_price_tiers.up_to
        )
),

final as (
    select
        price_id,
        subscription_currency,
        quantity,
        sum(amount_minor) as amount_minor
    from tiers_reached
    group by
        price_id,
        subscription_currency,
        quantity
)

select * from final

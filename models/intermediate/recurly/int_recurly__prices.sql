with int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
),

int_recurly__lines_priced as (
    select * from {{ ref('int_recurly__lines_priced') }}
),

all_sightings as (
    select
        price_id,
        source_account,
        list_price_id,
        currency,
        unit_amount,
        unit_amount_minor,
        tier_type,
        billing_interval,
        billing_interval_count,
        is_tax_inclusive,
        is_metered
    from int_recurly__items_priced
    union all
    select
        price_id,
        source_account,
        list_price_id,
        currency,
        unit_amount,
        unit_amount_minor,
        'flat' as tier_type,
        billing_interval,
        billing_interval_count,
        is_tax_inclusive,
        is_metered
    from int_recurly__lines_priced
    where is_price_of_line
),

final as (
    select
        price_id,
        min(source_account) as source_account,
        min(list_price_id) as list_price_id,
        min(list_price_id) as product_id,
        min(currency) as currency,
        min(unit_amount_minor) as unit_amount_minor,
        min(unit_amount) as unit_amount,
        case when min(tier_type) = 'flat' then 'per_unit' else 'tiered' end as billing_scheme,
        case min(tier_type)
            when 'tiered' then 'graduated'
            when 'volume' then 'volume'
            when 'stairstep' then 'volume'
        end as tiers_mode,
        case when min(billing_interval) is null then 'one_time' else 'recurring' end as price_type,
        case
            when max(case when is_tax_inclusive then 1 else 0 end) = 1 then 'inclusive'
            else 'exclusive'
        end as tax_behavior,
        min(billing_interval) as billing_interval,
        min(billing_interval_count) as billing_interval_count,
        case when max(case when is_metered then 1 else 0 end) = 1 then 'metered' else 'licensed' end
            as usage_type,
        true as is_active,
        false as is_deleted
    from all_sightings
    group by price_id
)

select * from final

with int_braintree__prices_of_items as (
    select * from {{ ref('int_braintree__prices_of_items') }}
),

int_braintree__bill_lines as (
    select * from {{ ref('int_braintree__bill_lines') }}
),

all_sightings as (
    select
        price_id,
        source_account,
        list_price_id,
        currency,
        unit_amount,
        unit_amount_minor,
        billing_interval,
        billing_interval_count
    from int_braintree__prices_of_items
    union all
    select
        price_id,
        source_account,
        list_price_id,
        currency,
        unit_amount,
        unit_amount_minor,
        billing_interval,
        billing_interval_count
    from int_braintree__bill_lines
    where price_id is not null
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
        'per_unit' as billing_scheme,
        'recurring' as price_type,
        'exclusive' as tax_behavior,
        min(billing_interval) as billing_interval,
        min(billing_interval_count) as billing_interval_count,
        'licensed' as usage_type,
        true as is_active,
        false as is_deleted
    from all_sightings
    where price_id is not null
    group by price_id
)

select * from final

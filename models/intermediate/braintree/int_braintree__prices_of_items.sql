with int_braintree__items_of_states as (
    select * from {{ ref('int_braintree__items_of_states') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- Add-ons are charged as often as the plan.
priced as (
    select
        items.source_account,
        items.subscription_version_id,
        items.subscription_id,
        items.version_number,
        items.status,
        items.item_position,
        items.subscription_item_id,
        items.list_price_id,
        items.currency,
        cast(items.unit_price as decimal(38, 9)) as unit_amount,
        cast(
            cast(items.unit_price as decimal(27, 9)) * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor,
        items.quantity,
        case when items.billing_interval_count is not null then 'month' end as billing_interval,
        items.billing_interval_count,
        items.valid_from,
        items.valid_to
    from int_braintree__items_of_states as items
    left join currency_exponents
        on items.currency = currency_exponents.currency
),

final as (
    select
        source_account,
        subscription_version_id,
        subscription_id,
        version_number,
        status,
        item_position,
        subscription_item_id,
        list_price_id,
        {{ price_term_key(
            'list_price_id', 'currency', 'unit_amount_minor', 'billing_interval',
            'billing_interval_count'
        ) }} as price_id,
        currency,
        unit_amount,
        unit_amount_minor,
        quantity,
        billing_interval,
        billing_interval_count,
        valid_from,
        valid_to
    from priced
)

select * from final

{{ config(materialized='table') }}

with bills as (
    select * from {{ ref('int_braintree__bills') }}
),

braintree_add_ons as (
    select * from {{ ref('stg_braintree__transaction_add_ons') }}
),

braintree_plans as (
    select * from {{ ref('stg_braintree__plans') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- What add-ons and discounts do not explain of a charge is the plan.
lines_of_both_kinds as (
    select
        transaction_id,
        transaction_id || '/plan' as line_id,
        0 as line_position,
        'plan' as item_name,
        list_price_id,
        case
            when is_proration then amount
            else amount - add_ons_amount + discount_amount
        end as unit_price,
        1 as quantity
    from bills
    union all
    select
        bills.transaction_id,
        bills.transaction_id || '/' || braintree_add_ons.list_price_id as line_id,
        1 + braintree_add_ons.add_on_position as line_position,
        braintree_add_ons.list_price_id as item_name,
        braintree_add_ons.list_price_id,
        cast(braintree_add_ons.unit_price as decimal(38, 9)) as unit_price,
        braintree_add_ons.quantity
    from bills
    inner join braintree_add_ons
        on bills.transaction_id = braintree_add_ons.transaction_id
    where not bills.is_proration
),

priced as (
    select
        bills.source_account,
        bills.transaction_id,
        lines.line_id,
        lines.line_position,
        bills.subscription_id,
        bills.subscription_id || '/' || lines.item_name as subscription_item_id,
        lines.list_price_id,
        bills.currency,
        bills.is_proration,
        cast(lines.unit_price as decimal(38, 9)) as unit_amount,
        cast(
            cast(lines.unit_price as decimal(27, 9)) * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor,
        cast(lines.quantity as bigint) as quantity,
        cast(lines.unit_price * lines.quantity as decimal(38, 9)) as amount,
        case when braintree_plans.billing_interval_count is not null then 'month' end
            as billing_interval,
        braintree_plans.billing_interval_count,
        bills.period_start_at,
        bills.period_end_at
    from lines_of_both_kinds as lines
    inner join bills
        on lines.transaction_id = bills.transaction_id
    left join braintree_plans
        on bills.list_price_id = braintree_plans.list_price_id
    left join currency_exponents
        on bills.currency = currency_exponents.currency
),

final as (
    select
        source_account,
        transaction_id,
        line_id,
        line_position,
        subscription_id,
        subscription_item_id,
        list_price_id,
        case
            when not is_proration
                then {{ price_term_key(
                    'list_price_id', 'currency', 'unit_amount_minor', 'billing_interval',
                    'billing_interval_count'
                ) }}
        end as price_id,
        currency,
        is_proration,
        unit_amount,
        unit_amount_minor,
        quantity,
        amount,
        billing_interval,
        billing_interval_count,
        period_start_at,
        period_end_at
    from priced
)

select * from final

{{ config(materialized='table') }}

with braintree_transactions as (
    select * from {{ ref('stg_braintree__transactions') }}
),

braintree_add_ons as (
    select * from {{ ref('stg_braintree__transaction_add_ons') }}
),

braintree_discounts as (
    select * from {{ ref('stg_braintree__transaction_discounts') }}
),

charges_unpaid as (
    select * from {{ ref('int_braintree__charges_unpaid') }}
),

add_ons_summed as (
    select
        transaction_id,
        sum(cast(unit_price * quantity as decimal(38, 9))) as add_ons_amount
    from braintree_add_ons
    group by transaction_id
),

discounts_summed as (
    select
        transaction_id,
        sum(discount_amount) as discount_amount
    from braintree_discounts
    group by transaction_id
),

first_charges as (
    select
        subscription_id,
        period_start_at,
        min(created_at) as first_created_at
    from braintree_transactions
    where transaction_type = 'sale' and is_paid
    group by
        subscription_id,
        period_start_at
),

-- There are no invoices: a charge of a subscription stands for one, a failed one where nothing was
-- paid since. A second charge within a period is a part of it, of which only the sum is told.
final as (
    select
        transactions.source_account,
        transactions.transaction_id,
        transactions.transaction_number,
        transactions.customer_id,
        transactions.subscription_id,
        transactions.list_price_id,
        transactions.currency,
        transactions.amount,
        transactions.tax_amount,
        coalesce(add_ons_summed.add_ons_amount, cast(0 as decimal(38, 9))) as add_ons_amount,
        coalesce(discounts_summed.discount_amount, cast(0 as decimal(38, 9))) as discount_amount,
        transactions.is_paid,
        case when transactions.is_paid then 'paid' else charges_unpaid.invoice_status end
            as invoice_status,
        charges_unpaid.given_up_at,
        transactions.period_start_at is null
        or coalesce(first_charges.first_created_at < transactions.created_at, false)
            as is_proration,
        transactions.created_at,
        coalesce(transactions.period_start_at, transactions.created_at) as period_start_at,
        coalesce(transactions.period_end_at, transactions.created_at) as period_end_at,
        transactions.observed_at
    from braintree_transactions as transactions
    left join add_ons_summed
        on transactions.transaction_id = add_ons_summed.transaction_id
    left join discounts_summed
        on transactions.transaction_id = discounts_summed.transaction_id
    left join charges_unpaid
        on transactions.transaction_id = charges_unpaid.transaction_id
    left join first_charges
        on
            transactions.subscription_id = first_charges.subscription_id
            and transactions.period_start_at = first_charges.period_start_at
    where
        transactions.transaction_type = 'sale'
        and transactions.subscription_id is not null
        and (transactions.is_paid or charges_unpaid.transaction_id is not null)
)

select * from final

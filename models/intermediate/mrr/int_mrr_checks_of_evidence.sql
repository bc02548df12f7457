with int_mrr_item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_mrr_segments as (
    select * from {{ ref('int_mrr_segments') }}
),

int_mrr_ledger as (
    select * from {{ ref('int_mrr_ledger') }}
),

int_mrr_discount_sightings as (
    select * from {{ ref('int_mrr_discount_sightings') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
    where percent_off is null and amount_off is null
),

int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
    where customer_id is null
),

gaps as (
    select
        'evidence_gap' as check_name,
        item_stretches.subscription_id || ':' || item_stretches.subscription_item_id
        || ':' || cast(item_stretches.valid_from as {{ dbt.type_string() }}) as subject_id,
        int_mrr_subscriptions.customer_id,
        item_stretches.valid_from as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(null as decimal(38, 9)) as actual,
        'no proof for more than one interval: carried once, then closed' as reason
    from int_mrr_item_stretches as item_stretches
    inner join int_mrr_subscriptions
        on item_stretches.subscription_id = int_mrr_subscriptions.subscription_id
    where item_stretches.is_gap
),

unpriced as (
    select
        'unpriced' as check_name,
        subscription_id || ':' || subscription_item_id || ':' || price_id as subject_id,
        customer_id,
        min(valid_from) as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(0 as decimal(38, 9)) as actual,
        'the terms of the price are unknown' as reason
    from int_mrr_segments
    where is_unpriced
    group by
        subscription_id,
        subscription_item_id,
        price_id,
        customer_id
),

without_rate as (
    select
        'no_exchange_rate' as check_name,
        customer_id || ':' || product_id || ':' || native_currency as subject_id,
        customer_id,
        cast(min(ledger_date) as {{ timestamp_type() }}) as subject_at,
        max(native_mrr) as expected,
        cast(0 as decimal(38, 9)) as actual,
        'no exchange rate of the currency is known' as reason
    from int_mrr_ledger
    where has_no_rate
    group by
        customer_id,
        product_id,
        native_currency
),

of_nobody as (
    select
        'no_customer' as check_name,
        subscription_id as subject_id,
        customer_id,
        created_at as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(null as decimal(38, 9)) as actual,
        'the subscription names no customer: it is not counted' as reason
    from int_billing_subscriptions
),

unknown_discounts as (
    select
        'unknown_discount' as check_name,
        sightings.subscription_id || ':' || sightings.discount_id as subject_id,
        max(subscriptions.customer_id) as customer_id,
        min(sightings.valid_from) as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(null as decimal(38, 9)) as actual,
        'the terms of the discount are unknown: nothing is taken off' as reason
    from int_mrr_discount_sightings as sightings
    inner join int_billing_discounts
        on sightings.discount_id = int_billing_discounts.discount_id
    inner join int_mrr_subscriptions as subscriptions
        on sightings.subscription_id = subscriptions.subscription_id
    group by
        sightings.subscription_id,
        sightings.discount_id
),

final as (
    select * from of_nobody
    union all
    select * from unknown_discounts
    union all
    select * from gaps
    union all
    select * from unpriced
    union all
    select * from without_rate
)

select * from final

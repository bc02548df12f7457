{{ config(materialized='table') }}

with lemon_squeezy_invoices as (
    select * from {{ ref('stg_lemon_squeezy__subscription_invoices') }}
),

bills_matched as (
    select * from {{ ref('int_lemon_squeezy__bills_matched') }}
),

int_lemon_squeezy__items_priced as (
    select * from {{ ref('int_lemon_squeezy__items_priced') }}
),

bill_intervals as (
    select * from {{ ref('int_lemon_squeezy__bill_intervals') }}
),

newest_items as (
    select * from int_lemon_squeezy__items_priced
    where is_newest
),

invoices_known as (
    select
        invoices.source_account,
        invoices.invoice_id,
        invoices.subscription_id,
        coalesce(invoices.billing_reason = 'updated', false) as is_proration,
        invoices.billing_reason = 'initial' as is_first,
        invoices.currency,
        invoices.is_tax_inclusive,
        invoices.subtotal_minor - coalesce(bills_matched.setup_fee_minor, 0) as amount_minor,
        coalesce(bills_matched.setup_fee_minor, 0) as setup_fee_minor,
        invoices.discount_minor,
        invoices.tax_minor,
        items.price_id as known_price_id,
        items.quantity as known_quantity,
        coalesce(items.list_price_id, newest_items.list_price_id) as list_price_id,
        coalesce(items.product_id, newest_items.product_id) as product_id,
        coalesce(items.is_metered, newest_items.is_metered, false) as is_metered,
        case
            when items.subscription_version_id is not null then items.billing_interval
            else bill_intervals.billing_interval
        end as billing_interval,
        case
            when items.subscription_version_id is not null then items.billing_interval_count
            else bill_intervals.billing_interval_count
        end as billing_interval_count,
        items.renews_at,
        invoices.created_at,
        count(*) over (
            partition by
                invoices.subscription_id,
                invoices.currency,
                invoices.subtotal_minor,
                invoices.billing_reason = 'updated'
        ) as bills_alike
    from lemon_squeezy_invoices as invoices
    left join bills_matched
        on invoices.invoice_id = bills_matched.invoice_id
    left join int_lemon_squeezy__items_priced as items
        on bills_matched.subscription_version_id = items.subscription_version_id
    left join bill_intervals
        on invoices.invoice_id = bill_intervals.invoice_id
    left join newest_items
        on invoices.subscription_id = newest_items.subscription_id
),

-- An amount that no state explains is a price where it is the first, or came twice; alone it may
-- hold a part of a period that waited for the renewal.
invoices_judged as (
    select
        *,
        case
            when known_price_id is not null then 'state'
            when is_proration or is_metered or amount_minor <= 0 then 'none'
            when billing_interval is null then 'none'
            when is_first or bills_alike > 1 then 'bill'
            else 'none'
        end as price_told_by
    from invoices_known
),

final as (
    select
        source_account,
        invoice_id,
        subscription_id,
        subscription_id || '/plan' as subscription_item_id,
        list_price_id,
        case price_told_by
            when 'state' then known_price_id
            when 'bill'
                then {{ price_term_key(
                    'list_price_id', 'currency', 'amount_minor', 'billing_interval',
                    'billing_interval_count',
                    "':billed' || case when is_tax_inclusive then ':tax_inside' else '' end"
                ) }}
        end as price_id,
        price_told_by,
        product_id,
        is_proration,
        is_metered,
        currency,
        is_tax_inclusive,
        case when price_told_by = 'state' then known_quantity when not is_metered then 1 end
            as quantity,
        amount_minor,
        setup_fee_minor,
        discount_minor,
        case
            when setup_fee_minor > 0
                then {{ share_of_minor_units(
                    'tax_minor', 'amount_minor', '(amount_minor + setup_fee_minor)'
                ) }}
            else tax_minor
        end as tax_minor,
        tax_minor as tax_of_bill_minor,
        billing_interval,
        billing_interval_count,
        created_at as period_start_at,
        case
            when is_proration then greatest(coalesce(renews_at, created_at), created_at)
            when billing_interval = 'day'
                then {{ dbt.dateadd('day', 'billing_interval_count', 'created_at') }}
            when billing_interval = 'week'
                then {{ dbt.dateadd('day', '7 * billing_interval_count', 'created_at') }}
            when billing_interval = 'month'
                then {{ dbt.dateadd('month', 'billing_interval_count', 'created_at') }}
            when billing_interval = 'year'
                then {{ dbt.dateadd('year', 'billing_interval_count', 'created_at') }}
            else created_at
        end as period_end_at
    from invoices_judged
)

select * from final

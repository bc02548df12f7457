with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

months_ahead as (
    select 1 as month_number
    union all
    select 2 as month_number
    union all
    select 3 as month_number
),

-- Usage belongs to the month in which its service period begins.
usage_by_month as (
    select
        subscription_id,
        coalesce(subscription_item_id, subscription_id || ':' || price_id) as subscription_item_id,
        price_id,
        product_id,
        currency,
        {{ month_of(local_day_of('period_start_at')) }} as service_month,
        sum(amount) as amount,
        sum(discount_amount) as discount_amount,
        sum(inclusive_tax_amount) as tax_amount
    from int_billing_invoice_lines
    where
        '{{ mrr_switch('usage_in_mrr') }}' = 'trailing3'
        and usage_type = 'metered'
        and invoice_status in ('paid', 'open', 'uncollectible')
        and invoice_finalized_at is not null
        and subscription_id is not null
        and price_id is not null
        and invoice_created_at <= {{ as_of_timestamp() }}
    group by
        subscription_id,
        coalesce(subscription_item_id, subscription_id || ':' || price_id),
        price_id,
        product_id,
        currency,
        {{ month_of(local_day_of('period_start_at')) }}
),

-- Each month weighs in the three that follow it
usage_ahead as (
    select
        usage_by_month.*,
        cast(
            {{ dbt.dateadd('month', 'months_ahead.month_number', 'usage_by_month.service_month') }}
            as date
        ) as month_start
    from usage_by_month
    cross join months_ahead
),

final as (
    select
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        currency,
        month_start,
        {{ exact_divide('sum(amount)', '3') }} as gross_mrr,
        {{ exact_divide('sum(discount_amount)', '3') }} as discount_mrr,
        {{ exact_divide('sum(tax_amount)', '3') }} as tax_mrr
    from usage_ahead
    group by
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        currency,
        month_start
    having sum(amount) - sum(discount_amount) - sum(tax_amount) > 0
)

select * from final

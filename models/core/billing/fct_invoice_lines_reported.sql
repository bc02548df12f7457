with fct_invoice_lines as (
    select * from {{ ref('fct_invoice_lines') }}
),

dim_plans as (
    select * from {{ ref('dim_plans') }}
),

credit_pack_products as (
    select distinct product_id
    from {{ ref('dim_plans') }}
    where is_credit_pack
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
),

lines_dated as (
    select
        invoice_lines.invoice_line_id,
        invoice_lines.currency,
        -- Credits were given away or were invoiced when they were sold.
        invoice_lines.net_amount - invoice_lines.credit_amount as net_amount,
        {{ local_day_of('invoice_lines.invoice_finalized_at') }} as finalized_date,
        -- Usage belongs to the month in which it was used, not to the one in which it is billed.
        {{ month_of(local_day_of('invoice_lines.period_start')) }} as service_month,
        coalesce(plans.usage_type = 'metered', invoice_lines.usage_type = 'metered', false)
            as is_usage,
        credit_pack_products.product_id is not null as is_credit_pack
    from fct_invoice_lines as invoice_lines
    left join dim_plans as plans
        on invoice_lines.price_id = plans.price_id
    left join credit_pack_products
        on invoice_lines.product_id = credit_pack_products.product_id
    where
        invoice_lines.invoice_status in ('paid', 'open', 'uncollectible')
        and invoice_lines.invoice_finalized_at is not null
),

final as (
    select
        lines_dated.invoice_line_id,
        lines_dated.finalized_date,
        cast({{ month_of('lines_dated.finalized_date') }} as date) as finalized_month,
        cast(lines_dated.service_month as date) as service_month,
        lines_dated.is_usage,
        lines_dated.is_credit_pack,
        cast(coalesce({{ in_report_currency(
            'lines_dated.net_amount', 'lines_dated.currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}, 0) as decimal(38, 9)) as net_amount,
        '{{ report_currency() }}' as currency
    from lines_dated
    left join dim_exchange_rates as rates
        on
            lines_dated.currency = rates.currency
            and lines_dated.finalized_date >= rates.valid_from
            and lines_dated.finalized_date < {{ until('rates.valid_to') }}
)

select * from final

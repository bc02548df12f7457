{{ config(materialized='table') }}

with int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

int_revenue_items_of_credit_notes as (
    select * from {{ ref('int_revenue_items_of_credit_notes') }}
),

int_revenue_items_of_reversals as (
    select * from {{ ref('int_revenue_items_of_reversals') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

items as (
    select
        'invoice_line' as revenue_kind,
        invoice_line_id as item_id,
        invoice_line_id,
        customer_id,
        product_id,
        currency,
        net_amount,
        cast(null as decimal(38, 9)) as net_before,
        invoice_date as booked_date,
        service_start_date,
        service_days
    from int_revenue_lines
    union all
    select * from int_revenue_items_of_credit_notes
    union all
    select * from int_revenue_items_of_reversals
),

final as (
    select
        items.revenue_kind,
        items.item_id,
        items.invoice_line_id,
        items.customer_id,
        items.product_id,
        items.currency,
        items.booked_date,
        items.service_start_date,
        cast(items.service_days as integer) as service_days,
        -- Whole minor units; the lines of a reversal are rounded along, so that they add up to it.
        {{ to_minor_units('items.net_amount', 'currency_exponents.exponent') }}
        - coalesce(
            {{ to_minor_units('items.net_before', 'currency_exponents.exponent') }},
            cast(0 as decimal(18, 0))
        ) as minor_units,
        cast(
            case when items.currency = 'usd' then 1 else int_exchange_rates.usd_per_unit end
            * {{ to_major_units('1', 'currency_exponents.exponent') }}
            as decimal(18, 12)
        ) as usd_per_minor_unit
    from items
    inner join currency_exponents
        on items.currency = currency_exponents.currency
    left join int_exchange_rates
        on
            items.currency = int_exchange_rates.currency
            and items.booked_date >= int_exchange_rates.valid_from
            and items.booked_date < {{ until('int_exchange_rates.valid_to') }}
)

select * from final
where minor_units <> 0

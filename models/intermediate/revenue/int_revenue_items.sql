{{ config(materialized='table') }}

with int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

int_revenue_reversals as (
    select * from {{ ref('int_revenue_reversals') }}
),

credit_note_lines as (
    select * from {{ ref('int_billing_credit_note_lines') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

-- A credit takes back what is still to come of its line; when nothing is, it counts on its day.
credit_notes_dated as (
    select
        credit_note_lines.credit_note_line_id,
        credit_note_lines.customer_id,
        credit_note_lines.currency,
        -1 * credit_note_lines.net_amount as net_amount,
        int_revenue_lines.product_id,
        int_revenue_lines.invoice_line_id,
        {{ day_of('credit_note_lines.credited_at') }} as credit_date,
        case
            when
                int_revenue_lines.service_start_date > {{ day_of('credit_note_lines.credited_at') }}
                then int_revenue_lines.service_start_date
            else {{ day_of('credit_note_lines.credited_at') }}
        end as first_day,
        cast({{ dbt.dateadd(
            'day', 'int_revenue_lines.service_days', 'int_revenue_lines.service_start_date'
        ) }} as date) as line_end_date
    from credit_note_lines
    left join int_revenue_lines
        on credit_note_lines.invoice_line_id = int_revenue_lines.invoice_line_id
    where not credit_note_lines.is_void
),

-- The part of a refund that is revenue is shared by the invoice's net lines; the rest was tax.
reversed_lines as (
    select
        int_revenue_reversals.revenue_kind,
        int_revenue_reversals.reversal_id,
        int_revenue_reversals.reversal_date,
        int_revenue_reversals.amount,
        int_revenue_reversals.invoice_total,
        int_revenue_lines.invoice_line_id,
        int_revenue_lines.customer_id,
        int_revenue_lines.product_id,
        int_revenue_lines.currency,
        sum(int_revenue_lines.net_amount) over (
            partition by int_revenue_reversals.revenue_kind, int_revenue_reversals.reversal_id
            order by {{ in_byte_order('int_revenue_lines.invoice_line_id') }}
            rows between unbounded preceding and current row
        ) as net_to_here,
        int_revenue_lines.net_amount
    from int_revenue_reversals
    inner join int_revenue_lines
        on int_revenue_reversals.invoice_id = int_revenue_lines.invoice_id
    where int_revenue_reversals.invoice_total > 0
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
    select
        'credit_note_line' as revenue_kind,
        credit_note_line_id as item_id,
        invoice_line_id,
        customer_id,
        product_id,
        currency,
        net_amount,
        cast(null as decimal(38, 9)) as net_before,
        credit_date as booked_date,
        first_day as service_start_date,
        greatest(coalesce({{ days_between('first_day', 'line_end_date') }}, 1), 1) as service_days
    from credit_notes_dated
    union all
    select
        revenue_kind,
        concat(reversal_id, '|', invoice_line_id) as item_id,
        invoice_line_id,
        customer_id,
        product_id,
        currency,
        {{ exact_divide('amount * net_to_here', 'invoice_total') }} as net_amount,
        {{ exact_divide('amount * (net_to_here - net_amount)', 'invoice_total') }} as net_before,
        reversal_date as booked_date,
        reversal_date as service_start_date,
        1 as service_days
    from reversed_lines
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

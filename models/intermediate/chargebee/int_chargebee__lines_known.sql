with chargebee_lines as (
    select * from {{ ref('stg_chargebee__invoice_lines') }}
),

chargebee_invoices as (
    select * from {{ ref('stg_chargebee__invoices') }}
),

int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
),

int_chargebee__listed_prices as (
    select * from {{ ref('int_chargebee__listed_prices') }}
),

items_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, list_price_id order by version_number desc
        ) as recency
    from int_chargebee__items_priced
    where phase_number is null
),

lines_with_items as (
    select
        lines.source_account,
        lines.invoice_line_id,
        lines.line_position,
        lines.invoice_id,
        lines.subscription_id,
        lines.list_price_id,
        coalesce(items.product_id, listed_prices.product_id) as product_id,
        lines.entity_type in ('plan_item_price', 'addon_item_price', 'plan', 'addon')
        and coalesce(listed_prices.item_type, '') <> 'charge' as is_recurring,
        lines.entity_type in ('plan_item_price', 'plan') as is_plan,
        coalesce(lines.entity_type, '') <> 'plan_setup' as is_price_stated,
        lines.is_metered or coalesce(items.is_metered, false) as is_metered,
        lines.description,
        invoices.currency,
        invoices.is_tax_inclusive,
        -- packages are billed as a whole: the amount of the line is their price
        case
            when items.pricing = 'part' and lines.quantity = floor(lines.quantity) then 'flat'
            else coalesce(items.pricing, listed_prices.pricing, 'unit')
        end as pricing,
        coalesce(items.price_id, listed_prices.price_id) as known_price_id,
        coalesce(items.billing_interval, listed_prices.billing_interval) as billing_interval,
        coalesce(items.billing_interval_count, listed_prices.billing_interval_count)
            as billing_interval_count,
        lines.proration_mode,
        lines.quantity,
        case
            when items.pricing = 'part' and lines.quantity = floor(lines.quantity)
                then {{ chargebee_minor('lines.amount', 'null', 'invoices.currency_exponent') }}
            else {{ chargebee_minor(
                'lines.unit_amount', 'lines.unit_amount_in_decimal', 'invoices.currency_exponent'
            ) }}
        end as unit_amount_minor,
        {{ chargebee_major('lines.amount', 'invoices.currency_exponent') }} as amount,
        {{ chargebee_major('lines.tax_amount', 'invoices.currency_exponent') }} as tax_amount,
        coalesce(lines.period_start_at, invoices.billed_at) as period_start_at,
        coalesce(lines.period_end_at, invoices.billed_at) as period_end_at,
        cast(
            {{ dbt.datediff('lines.period_start_at', 'lines.period_end_at', 'month') }} as bigint
        ) as months,
        case
            when items.pricing = 'part' and lines.quantity = floor(lines.quantity)
                then ':units' || {{ plain_number('lines.quantity') }}
            else ''
        end as terms
    from chargebee_lines as lines
    inner join chargebee_invoices as invoices
        on lines.invoice_id = invoices.invoice_id
    left join items_ranked as items
        on
            lines.subscription_id = items.subscription_id
            and lines.list_price_id = items.list_price_id
            and items.recency = 1
    left join int_chargebee__listed_prices as listed_prices
        on lines.list_price_id = listed_prices.list_price_id
),

-- An add-on that is priced by the month and billed for a year is billed for twelve months at once.
lines_counted as (
    select
        *,
        case
            when
                billing_interval = 'month'
                and months >= 2 * billing_interval_count
                and {{ days_between(day_of('period_start_at'), day_of('period_end_at')) }}
                >= 28 * months
                then {{ whole_quotient('months', 'billing_interval_count') }}
            else 1
        end as periods
    from lines_with_items
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        list_price_id,
        product_id,
        is_recurring,
        is_plan,
        is_price_stated,
        is_metered,
        description,
        currency,
        is_tax_inclusive,
        pricing,
        case when periods = 1 or pricing in ('unit', 'flat') then known_price_id end
            as known_price_id,
        billing_interval,
        billing_interval_count * periods as billing_interval_count,
        proration_mode,
        quantity,
        unit_amount_minor,
        amount,
        tax_amount,
        period_start_at,
        period_end_at,
        terms
    from lines_counted
)

select * from final

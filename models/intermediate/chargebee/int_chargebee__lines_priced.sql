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

lines_known as (
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
        invoices.billed_at,
        coalesce(items.pricing, listed_prices.pricing, 'unit') as pricing,
        coalesce(items.price_id, listed_prices.price_id) as known_price_id,
        coalesce(items.billing_interval, listed_prices.billing_interval) as billing_interval,
        coalesce(items.billing_interval_count, listed_prices.billing_interval_count)
            as billing_interval_count,
        lines.proration_mode,
        lines.quantity,
        {{ chargebee_minor(
            'lines.unit_amount', 'lines.unit_amount_in_decimal', 'invoices.currency_exponent'
        ) }} as unit_amount_minor,
        {{ chargebee_major('lines.amount', 'invoices.currency_exponent') }} as amount,
        {{ chargebee_major('lines.tax_amount', 'invoices.currency_exponent') }} as tax_amount,
        coalesce(lines.period_start_at, invoices.billed_at) as period_start_at,
        coalesce(lines.period_end_at, invoices.billed_at) as period_end_at,
        '' as terms
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

-- There is no plain flag of a proration: a mode, or a period that is shorter than the price's.
lines_judged as (
    select
        *,
        coalesce(
            proration_mode is not null
            or (
                is_recurring
                and period_end_at < case billing_interval
                    when 'day'
                        then {{ dbt.dateadd('day', 'billing_interval_count', 'period_start_at') }}
                    when 'week'
                        then {{ dbt.dateadd(
                            'day', '7 * billing_interval_count - 1', 'period_start_at'
                        ) }}
                    when 'month'
                        then {{ dbt.dateadd(
                            'day', '28 * billing_interval_count - 1', 'period_start_at'
                        ) }}
                    when 'year'
                        then {{ dbt.dateadd(
                            'day', '365 * billing_interval_count - 1', 'period_start_at'
                        ) }}
                end
            ),
            false
        ) as is_proration
    from lines_known
),

-- A line of whole periods at a plain price states the price; one of a part states a part of it.
lines_stated as (
    select
        *,
        is_price_stated and not is_proration and pricing in ('unit', 'flat') as is_price_of_line
    from lines_judged
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        subscription_id || '/' || case when is_plan then 'plan' else list_price_id end
            as subscription_item_id,
        list_price_id,
        case
            when is_price_of_line then {{ chargebee_price_key('lines_stated') }}
            when coalesce(proration_mode, '') = 'delta' or not is_price_stated then null
            else known_price_id
        end as price_id,
        is_price_of_line,
        product_id,
        is_recurring,
        is_metered,
        is_proration,
        description,
        currency,
        billing_interval,
        billing_interval_count,
        unit_amount_minor,
        case
            when pricing in ('flat', 'part') then cast(1 as bigint)
            else cast(quantity as bigint)
        end as quantity,
        amount,
        tax_amount,
        case when is_tax_inclusive then tax_amount else cast(0 as decimal(38, 9)) end
            as inclusive_tax_amount,
        period_start_at,
        period_end_at
    from lines_stated
)

select * from final

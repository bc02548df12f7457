with invoice_lines as (
    {{ children_of_newest('stripe', 'invoice_lines', 'invoices') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

shapes_merged as (
    select
        invoice_lines.source_account,
        invoice_lines._version_id as invoice_version_id,
        invoice_lines._position as line_position,
        invoice_lines._root_id as invoice_id,
        -- ids of before 2019-12-03 are those of the subscription or invoice item and come again on
        -- the next invoice
        case
            when invoice_lines.id like 'il%' then invoice_lines.id
            else
                invoice_lines._root_id
                || ':' || coalesce(invoice_lines.id, 'line')
                || ':' || cast(invoice_lines._position as {{ dbt.type_string() }})
        end as invoice_line_id,
        -- since 2025-03-31.basil two details may be filled, `parent.type` says which one is meant
        case
            when invoice_lines.parent__type = 'subscription_item_details'
                then invoice_lines.parent__subscription_item_details__subscription
            when invoice_lines.parent__type = 'invoice_item_details'
                then invoice_lines.parent__invoice_item_details__subscription
            else coalesce(
                invoice_lines.subscription,
                case when invoice_lines.id like 'sub%' then invoice_lines.id end
            )
        end as subscription_id,
        case
            when invoice_lines.parent__type = 'subscription_item_details'
                then invoice_lines.parent__subscription_item_details__subscription_item
            when invoice_lines.parent__type is null then invoice_lines.subscription_item
        end as subscription_item_id,
        case
            when invoice_lines.parent__type = 'subscription_item_details'
                then invoice_lines.parent__subscription_item_details__invoice_item
            when invoice_lines.parent__type = 'invoice_item_details'
                then invoice_lines.parent__invoice_item_details__invoice_item
            else invoice_lines.invoice_item
        end as invoice_item_id,
        coalesce(
            invoice_lines.pricing__price_details__price, invoice_lines.price, invoice_lines.plan
        ) as price_id,
        coalesce(
            invoice_lines.pricing__price_details__product,
            {{ stripe_price_term('invoice_lines', 'product', 'product') }}
        ) as product_id,
        case
            when invoice_lines.parent__type = 'subscription_item_details' then 'subscription'
            when invoice_lines.parent__type = 'invoice_item_details' then 'invoiceitem'
            else invoice_lines.type
        end as line_type,
        case
            when invoice_lines.parent__type = 'subscription_item_details'
                then invoice_lines.parent__subscription_item_details__proration
            when invoice_lines.parent__type = 'invoice_item_details'
                then invoice_lines.parent__invoice_item_details__proration
            else invoice_lines.proration
        end as is_proration,
        invoice_lines.description,
        lower(invoice_lines.currency) as currency,
        invoice_lines.amount as amount_minor,
        invoice_lines.quantity,
        coalesce(
            invoice_lines.pricing__unit_amount_decimal,
            {{ stripe_unit_amount_minor('invoice_lines') }}
        ) as unit_amount_minor,
        {{ stripe_price_term('invoice_lines', 'billing_scheme', 'billing_scheme') }}
            as billing_scheme,
        {{ stripe_price_term('invoice_lines', 'tiers_mode', 'tiers_mode') }} as tiers_mode,
        invoice_lines.price__tax_behavior as tax_behavior,
        {{ stripe_price_term('invoice_lines', 'recurring__interval', 'interval') }}
            as billing_interval,
        {{ stripe_price_term('invoice_lines', 'recurring__interval_count', 'interval_count') }}
            as billing_interval_count,
        {{ stripe_price_term('invoice_lines', 'recurring__usage_type', 'usage_type') }}
            as usage_type,
        {{ stripe_price_term(
            'invoice_lines', 'transform_quantity__divide_by', 'transform_usage__divide_by'
        ) }} as transform_divide_by,
        {{ stripe_price_term(
            'invoice_lines', 'transform_quantity__round', 'transform_usage__round'
        ) }} as transform_round,
        case
            when invoice_lines.price__currency is not null then invoice_lines.price__type
            when invoice_lines.plan__currency is not null then 'recurring'
        end as price_type,
        lower({{ stripe_price_term('invoice_lines', 'currency', 'currency') }}) as price_currency,
        invoice_lines.metadata,
        invoice_lines.period__start as period_start_at,
        invoice_lines.period__end as period_end_at
    from invoice_lines
),

final as (
    select
        -- keys
        shapes_merged.source_account,
        shapes_merged.invoice_version_id,
        shapes_merged.line_position,
        shapes_merged.invoice_id,
        shapes_merged.invoice_line_id,
        shapes_merged.subscription_id,
        shapes_merged.subscription_item_id,
        shapes_merged.invoice_item_id,
        {{ stripe_price_key('shapes_merged.price_id') }} as price_id,
        {{ stripe_product_key('shapes_merged.product_id') }} as product_id,
        -- facts
        shapes_merged.line_type,
        coalesce(shapes_merged.is_proration, false) as is_proration,
        shapes_merged.description,
        shapes_merged.currency,
        shapes_merged.amount_minor,
        {{ to_major_units('shapes_merged.amount_minor', 'currency_exponents.exponent') }}
            as amount,
        shapes_merged.quantity,
        shapes_merged.metadata,
        -- terms of the price, where the line states them
        shapes_merged.price_type,
        shapes_merged.price_currency,
        shapes_merged.unit_amount_minor,
        {{ to_major_units('shapes_merged.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        shapes_merged.billing_scheme,
        shapes_merged.tiers_mode,
        shapes_merged.tax_behavior,
        shapes_merged.billing_interval,
        shapes_merged.billing_interval_count,
        shapes_merged.usage_type,
        shapes_merged.transform_divide_by,
        shapes_merged.transform_round,
        -- times
        shapes_merged.period_start_at,
        shapes_merged.period_end_at
    from shapes_merged
    left join currency_exponents
        on shapes_merged.currency = currency_exponents.currency
)

select * from final

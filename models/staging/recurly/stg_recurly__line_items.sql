with line_items as (
    {{ newest_versions('recurly', 'line_items') }}
),

final as (
    select
        source_account,
        {{ account_key('recurly', 'id') }} as line_id,
        {{ account_key('recurly', 'invoice_id') }} as invoice_id,
        {{ account_key('recurly', 'subscription_id') }} as subscription_id,
        {{ account_key('recurly', 'plan_id') }} as plan_id,
        plan_code,
        {{ account_key('recurly', 'add_on_id') }} as add_on_id,
        add_on_code,
        {{ account_key('recurly', 'previous_line_item_id') }} as previous_line_id,
        type as line_type,
        state,
        origin,
        description,
        lower(currency) as currency,
        quantity,
        unit_amount,
        cast(subtotal as decimal(38, 9)) as subtotal,
        cast(coalesce(discount, 0) as decimal(38, 9)) as discount_amount,
        cast(coalesce(tax, 0) as decimal(38, 9)) as tax_amount,
        coalesce(tax_inclusive, false) as is_tax_inclusive,
        proration_rate is not null and proration_rate <> 1 as is_proration,
        usage_type,
        start_date as period_start_at,
        coalesce(end_date, start_date) as period_end_at,
        created_at
    from line_items
    where coalesce(state, 'invoiced') = 'invoiced'
)

select * from final

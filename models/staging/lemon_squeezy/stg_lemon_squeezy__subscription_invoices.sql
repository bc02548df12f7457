with invoices as (
    {{ newest_versions('lemon_squeezy', 'subscription_invoices') }}
),

all_states as (
    {{ all_versions('lemon_squeezy', 'subscription_invoices') }}
),

-- An invoice that was seen waiting was paid when it next changed; others when they were made.
payments_seen as (
    select
        source_account,
        id,
        max(case when status = 'pending' then _observed_at end) as seen_pending_at,
        min(case when status in ('paid', 'refunded', 'partial_refund') then updated_at end)
            as seen_paid_at
    from all_states
    group by
        source_account,
        id
),

final as (
    select
        invoices.source_account,
        {{ account_key('lemon_squeezy', 'invoices.id', 'invoices.source_account') }} as invoice_id,
        {{ account_key('lemon_squeezy', 'invoices.subscription_id', 'invoices.source_account') }}
            as subscription_id,
        {{ account_key('lemon_squeezy', 'invoices.customer_id', 'invoices.source_account') }}
            as customer_id,
        invoices.billing_reason,
        lower(invoices.currency) as currency,
        invoices.status,
        coalesce(invoices.subtotal, 0) as subtotal_minor,
        coalesce(invoices.discount_total, 0) as discount_minor,
        coalesce(invoices.tax, 0) as tax_minor,
        coalesce(invoices.tax_inclusive, false) as is_tax_inclusive,
        invoices.total as total_minor,
        case
            when invoices.refunded_amount > 0 then invoices.refunded_amount
            when invoices.refunded then invoices.total
            else 0
        end as refunded_minor,
        invoices.refunded_at,
        invoices.created_at,
        invoices.updated_at,
        case
            when payments_seen.seen_pending_at is null then invoices.created_at
            else coalesce(payments_seen.seen_paid_at, invoices.updated_at, invoices.created_at)
        end as paid_at,
        invoices._observed_at as observed_at
    from invoices
    left join payments_seen
        on
            invoices.source_account = payments_seen.source_account
            and invoices.id = payments_seen.id
)

select * from final

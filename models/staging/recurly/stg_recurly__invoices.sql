with invoices as (
    {{ newest_versions('recurly', 'invoices') }}
),

subscriptions as (
    {{ children_of_newest('recurly', 'invoice_subscriptions', 'invoices') }}
),

only_subscriptions as (
    select
        source_account,
        _root_id,
        min(id) as subscription_id
    from subscriptions
    group by
        source_account,
        _root_id
    having count(*) = 1
),

final as (
    select
        -- keys
        invoices.source_account,
        {{ account_key('recurly', 'invoices.id', 'invoices.source_account') }} as invoice_id,
        invoices.number as invoice_number,
        {{ account_key('recurly', 'invoices.account__id', 'invoices.source_account') }}
            as customer_id,
        {{ account_key(
            'recurly', 'only_subscriptions.subscription_id', 'invoices.source_account'
        ) }} as subscription_id,
        {{ account_key('recurly', 'invoices.previous_invoice_id', 'invoices.source_account') }}
            as previous_invoice_id,
        -- facts
        coalesce(invoices.type, 'charge') as invoice_type,
        invoices.origin,
        invoices.state,
        invoices.collection_method,
        lower(invoices.currency) as currency,
        -- money
        cast(invoices.subtotal as decimal(38, 9)) as subtotal,
        cast(coalesce(invoices.tax, 0) as decimal(38, 9)) as tax_amount,
        cast(invoices.total as decimal(38, 9)) as total,
        cast(coalesce(invoices.paid, 0) as decimal(38, 9)) as amount_paid,
        cast(invoices.balance as decimal(38, 9)) as amount_remaining,
        -- times
        invoices.created_at,
        invoices.due_at,
        invoices.closed_at,
        invoices._observed_at as observed_at
    from invoices
    left join only_subscriptions
        on
            invoices.source_account = only_subscriptions.source_account
            and invoices.id = only_subscriptions._root_id
)

select * from final

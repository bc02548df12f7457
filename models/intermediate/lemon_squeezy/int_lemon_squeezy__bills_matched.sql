with lemon_squeezy_invoices as (
    select * from {{ ref('stg_lemon_squeezy__subscription_invoices') }}
),

int_lemon_squeezy__items_priced as (
    select * from {{ ref('int_lemon_squeezy__items_priced') }}
),

-- A bill has no lines: it is for a state of its subscription whose price comes to its amount, the
-- nearest in time; the first bill may hold a setup fee besides.
states_that_fit as (
    select
        invoices.invoice_id,
        items_priced.subscription_version_id,
        case
            when
                invoices.billing_reason = 'initial'
                and invoices.subtotal_minor
                = items_priced.period_amount_minor + items_priced.setup_fee_minor
                then items_priced.setup_fee_minor
            else 0
        end as setup_fee_minor,
        row_number() over (
            partition by invoices.invoice_id
            order by
                case
                    when
                        items_priced.valid_from
                        <= {{ dbt.dateadd('hour', 1, 'invoices.created_at') }}
                        then 0
                    else 1
                end,
                case
                    when items_priced.valid_from <= invoices.created_at
                        then -items_priced.version_number
                    else items_priced.version_number
                end
        ) as preference
    from lemon_squeezy_invoices as invoices
    inner join int_lemon_squeezy__items_priced as items_priced
        on
            invoices.subscription_id = items_priced.subscription_id
            and invoices.currency = items_priced.currency
    where
        invoices.billing_reason <> 'updated'
        and not items_priced.is_metered
        and (
            items_priced.period_amount_minor is null
            or invoices.subtotal_minor = items_priced.period_amount_minor
            or (
                invoices.billing_reason = 'initial'
                and invoices.subtotal_minor
                = items_priced.period_amount_minor + items_priced.setup_fee_minor
            )
        )
),

-- A bill of a change says when it was; what it then was, the next state says that was seen.
states_after as (
    select
        invoices.invoice_id,
        items_priced.subscription_version_id,
        0 as setup_fee_minor,
        row_number() over (
            partition by invoices.invoice_id order by items_priced.version_number
        ) as preference
    from lemon_squeezy_invoices as invoices
    inner join int_lemon_squeezy__items_priced as items_priced
        on
            invoices.subscription_id = items_priced.subscription_id
            and items_priced.valid_from >= {{ dbt.dateadd('hour', -1, 'invoices.created_at') }}
    where invoices.billing_reason = 'updated' and not items_priced.is_metered
),

final as (
    select
        invoice_id,
        subscription_version_id,
        setup_fee_minor
    from states_that_fit
    where preference = 1
    union all
    select
        invoice_id,
        subscription_version_id,
        setup_fee_minor
    from states_after
    where preference = 1
)

select * from final

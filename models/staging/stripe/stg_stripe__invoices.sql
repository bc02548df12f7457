with invoices as (
    {{ newest_versions('stripe', 'invoices') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

-- before 2018-11-08 there was no status: `forgiven` became uncollectible, and `closed` only
-- stopped collecting, the money was still owed
statuses_chosen as (
    select
        *,
        case
            when status is not null then status
            when paid then 'paid'
            when forgiven then 'uncollectible'
            when closed or attempted then 'open'
            else 'draft'
        end as _status
    from invoices
),

final as (
    select
        -- keys
        statuses_chosen.source_account,
        statuses_chosen._version_id as invoice_version_id,
        statuses_chosen.id as invoice_id,
        statuses_chosen.number as invoice_number,
        statuses_chosen.customer as customer_id,
        coalesce(
            statuses_chosen.subscription,
            statuses_chosen.parent__subscription_details__subscription
        ) as subscription_id,
        statuses_chosen.charge as charge_id,
        statuses_chosen.payment_intent as payment_intent_id,
        -- facts
        statuses_chosen._status as invoice_status,
        statuses_chosen.billing_reason,
        coalesce(statuses_chosen.collection_method, statuses_chosen.billing) as collection_method,
        lower(statuses_chosen.currency) as currency,
        statuses_chosen.attempt_count,
        coalesce(statuses_chosen.attempted, false) as is_attempted,
        coalesce(statuses_chosen.paid_out_of_band, false) as is_paid_out_of_band,
        statuses_chosen.metadata,
        statuses_chosen.livemode as is_livemode,
        -- money
        statuses_chosen.subtotal + coalesce(statuses_chosen.tax, 0) - statuses_chosen.total
            as taken_off_minor,
        {{ to_major_units('statuses_chosen.subtotal', 'currency_exponents.exponent') }}
            as subtotal,
        {{ to_major_units('statuses_chosen.tax', 'currency_exponents.exponent') }} as tax_amount,
        {{ to_major_units('statuses_chosen.total', 'currency_exponents.exponent') }} as total,
        {{ to_major_units('statuses_chosen.total_excluding_tax', 'currency_exponents.exponent') }}
            as total_excluding_tax,
        {{ to_major_units('statuses_chosen.amount_due', 'currency_exponents.exponent') }}
            as amount_due,
        {{ to_major_units('statuses_chosen.amount_paid', 'currency_exponents.exponent') }}
            as amount_paid,
        {{ to_major_units('statuses_chosen.amount_remaining', 'currency_exponents.exponent') }}
            as amount_remaining,
        {{ to_major_units('statuses_chosen.amount_overpaid', 'currency_exponents.exponent') }}
            as amount_overpaid,
        {{ to_major_units('statuses_chosen.starting_balance', 'currency_exponents.exponent') }}
            as starting_balance,
        {{ to_major_units('statuses_chosen.ending_balance', 'currency_exponents.exponent') }}
            as ending_balance,
        {{ to_major_units(
            'statuses_chosen.pre_payment_credit_notes_amount', 'currency_exponents.exponent'
        ) }} as pre_payment_credit_notes_amount,
        {{ to_major_units(
            'statuses_chosen.post_payment_credit_notes_amount', 'currency_exponents.exponent'
        ) }} as post_payment_credit_notes_amount,
        -- times
        coalesce(statuses_chosen.created, statuses_chosen.date) as created_at,
        case
            when statuses_chosen._status <> 'draft'
                then coalesce(
                    statuses_chosen.status_transitions__finalized_at,
                    statuses_chosen.effective_at,
                    statuses_chosen.created,
                    statuses_chosen.date
                )
        end as finalized_at,
        statuses_chosen.status_transitions__paid_at as paid_at,
        statuses_chosen.status_transitions__voided_at as voided_at,
        statuses_chosen.status_transitions__marked_uncollectible_at as marked_uncollectible_at,
        statuses_chosen.effective_at,
        statuses_chosen.due_date as due_at,
        statuses_chosen.next_payment_attempt as next_payment_attempt_at,
        statuses_chosen.period_start as period_start_at,
        statuses_chosen.period_end as period_end_at,
        statuses_chosen._observed_at as observed_at,
        statuses_chosen._deleted_at as deleted_at,
        statuses_chosen._deleted_at is not null as is_deleted
    from statuses_chosen
    left join currency_exponents
        on lower(statuses_chosen.currency) = currency_exponents.currency
)

select * from final

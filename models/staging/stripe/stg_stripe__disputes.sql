with disputes as (
    {{ newest_versions('stripe', 'disputes') }}
),

dispute_versions as (
    {{ all_versions('stripe', 'disputes') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

-- Stripe does not say when a dispute was decided; the first version that shows it is closest
decisions_first_seen as (
    select
        id,
        min(case when status = 'won' then _observed_at end) as won_seen_at,
        min(case when status = 'lost' then _observed_at end) as lost_seen_at
    from dispute_versions
    where not _is_deleted
    group by id
),

final as (
    select
        -- keys
        disputes.source_account,
        disputes.id as dispute_id,
        disputes.charge as charge_id,
        disputes.payment_intent as payment_intent_id,
        -- facts
        disputes.status as dispute_status,
        disputes.reason,
        lower(disputes.currency) as currency,
        {{ to_major_units('disputes.amount', 'currency_exponents.exponent') }} as amount,
        disputes.livemode as is_livemode,
        -- times
        disputes.created as created_at,
        decisions_first_seen.won_seen_at,
        decisions_first_seen.lost_seen_at,
        disputes._observed_at as observed_at,
        disputes._deleted_at as deleted_at,
        disputes._deleted_at is not null as is_deleted
    from disputes
    left join decisions_first_seen
        on disputes.id = decisions_first_seen.id
    left join currency_exponents
        on lower(disputes.currency) = currency_exponents.currency
)

select * from final

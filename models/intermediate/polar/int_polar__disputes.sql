with polar_disputes as (
    select * from {{ ref('stg_polar__disputes') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- A warning, and a dispute that a refund prevented, move no money of their own.
disputes_judged as (
    select
        *,
        coalesce(status not in ('prevented', 'early_warning'), true) as is_chargeback
    from polar_disputes
),

final as (
    select
        disputes.source_account,
        disputes.dispute_id,
        disputes.payment_id,
        disputes.invoice_id,
        case disputes.status
            when 'prevented' then 'prevented'
            when 'early_warning' then 'warning_closed'
            else disputes.status
        end as dispute_status,
        disputes.reason,
        disputes.is_chargeback,
        disputes.currency,
        {{ to_major_units('disputes.amount_minor', 'currency_exponents.exponent') }} as amount,
        disputes.created_at,
        case when disputes.is_chargeback then disputes.created_at end as withdrawn_at,
        case when disputes.status = 'won' then disputes.changed_at end as won_at,
        case when disputes.status = 'lost' then disputes.changed_at end as lost_at
    from disputes_judged as disputes
    left join currency_exponents
        on disputes.currency = currency_exponents.currency
)

select * from final

with braintree_disputes as (
    select * from {{ ref('stg_braintree__disputes') }}
),

braintree_dispute_history as (
    select * from {{ ref('stg_braintree__dispute_history') }}
),

braintree_transactions as (
    select * from {{ ref('stg_braintree__transactions') }}
),

-- What was accepted, or left unanswered, is lost; one that is won again counts from the last time.
decisions as (
    select
        transaction_id,
        dispute_position,
        max(case when status = 'won' then happened_at end) as won_at,
        max(
            case
                when status in ('lost', 'accepted', 'auto_accepted', 'expired') then happened_at
            end
        ) as lost_at
    from braintree_dispute_history
    group by
        transaction_id,
        dispute_position
),

disputes_judged as (
    select
        disputes.*,
        decisions.won_at,
        decisions.lost_at,
        -- a retrieval asks for papers
        coalesce(disputes.kind, '') <> 'retrieval' as is_chargeback,
        case
            when disputes.status = 'won' then 'won'
            when disputes.status in ('lost', 'accepted', 'auto_accepted', 'expired') then 'lost'
            when disputes.status in ('disputed', 'under_review') then 'under_review'
            else 'needs_response'
        end as plain_status
    from braintree_disputes as disputes
    left join decisions
        on
            disputes.transaction_id = decisions.transaction_id
            and disputes.dispute_position = decisions.dispute_position
),

final as (
    select
        disputes.source_account,
        disputes.dispute_id,
        disputes.transaction_id as payment_id,
        case
            when disputes.is_chargeback then disputes.plain_status
            when disputes.plain_status in ('won', 'lost') then 'warning_closed'
            else 'warning_' || disputes.plain_status
        end as dispute_status,
        disputes.reason,
        disputes.is_chargeback,
        coalesce(disputes.currency, transactions.currency) as currency,
        coalesce(disputes.amount_disputed, transactions.amount) as amount,
        case
            when disputes.is_chargeback and disputes.plain_status = 'won'
                then coalesce(
                    nullif(disputes.amount_won, 0), disputes.amount_disputed, transactions.amount
                )
        end as reinstated_amount,
        disputes.opened_at as created_at,
        case when disputes.is_chargeback then disputes.opened_at end as withdrawn_at,
        case
            when disputes.plain_status = 'won' then coalesce(disputes.won_at, disputes.observed_at)
        end as won_at,
        case
            when disputes.plain_status = 'lost'
                then coalesce(disputes.lost_at, disputes.observed_at)
        end as lost_at
    from disputes_judged as disputes
    inner join braintree_transactions as transactions
        on disputes.transaction_id = transactions.transaction_id
)

select * from final

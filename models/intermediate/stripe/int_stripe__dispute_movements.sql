with stripe_disputes as (
    select * from {{ ref('stg_stripe__disputes') }}
    where not is_deleted
),

stripe_dispute_transactions as (
    select * from {{ ref('stg_stripe__dispute_balance_transactions') }}
),

stripe_balance_transactions as (
    select * from {{ ref('stg_stripe__balance_transactions') }}
    where not is_deleted
),

-- a dispute lists its movements; the balance may know one that it was seen without
transactions as (
    select
        stripe_dispute_transactions.dispute_id,
        stripe_dispute_transactions.balance_transaction_id,
        stripe_dispute_transactions.currency,
        stripe_dispute_transactions.amount,
        stripe_dispute_transactions.fee_amount,
        stripe_balance_transactions.exchange_rate,
        stripe_dispute_transactions.created_at
    from stripe_dispute_transactions
    left join stripe_balance_transactions
        on
            stripe_dispute_transactions.balance_transaction_id
            = stripe_balance_transactions.balance_transaction_id
    union all
    select
        stripe_balance_transactions.source_id as dispute_id,
        stripe_balance_transactions.balance_transaction_id,
        stripe_balance_transactions.currency,
        stripe_balance_transactions.amount,
        stripe_balance_transactions.fee_amount,
        stripe_balance_transactions.exchange_rate,
        stripe_balance_transactions.created_at
    from stripe_balance_transactions
    left join stripe_dispute_transactions
        on
            stripe_balance_transactions.balance_transaction_id
            = stripe_dispute_transactions.balance_transaction_id
    where stripe_dispute_transactions.balance_transaction_id is null
),

-- the sign says which way money went; its category does not always
movements as (
    select
        stripe_disputes.source_account,
        stripe_disputes.dispute_id,
        transactions.balance_transaction_id,
        case
            when transactions.amount < 0 then 'withdrawn'
            when transactions.amount > 0 then 'reinstated'
            else 'fee'
        end as movement_type,
        stripe_disputes.currency,
        stripe_disputes.amount as disputed_amount,
        abs(transactions.amount) as balance_amount,
        transactions.currency as balance_currency,
        transactions.fee_amount,
        -- of a balance in another currency, where Stripe says at which rate
        case
            when transactions.exchange_rate > 0 then
                {{ exact_divide('abs(transactions.amount)', 'transactions.exchange_rate') }}
        end as worth_at_rate,
        transactions.created_at as moved_at
    from stripe_disputes
    inner join transactions
        on stripe_disputes.dispute_id = transactions.dispute_id
),

numbered as (
    select
        *,
        row_number() over (
            partition by dispute_id, movement_type
            order by moved_at, balance_transaction_id
        ) as movement_number,
        min(case when movement_type = 'reinstated' then moved_at end)
            over (partition by dispute_id) as reinstated_at,
        -- one rate alone says nothing of the others
        case
            when
                count(worth_at_rate) over (partition by dispute_id)
                = count(*) over (partition by dispute_id)
                then worth_at_rate
            else balance_amount
        end as worth
    from movements
),

-- what was taken before anything came back is what is disputed
compared as (
    select
        *,
        sum(
            case
                when
                    movement_type = 'withdrawn' and moved_at < {{ until('reinstated_at') }}
                    then worth
                else cast(0 as decimal(38, 9))
            end
        ) over (partition by dispute_id) as worth_disputed
    from numbered
),

final as (
    select
        source_account,
        dispute_id,
        balance_transaction_id,
        movement_type,
        movement_number,
        currency,
        cast(
            case
                when balance_currency = currency or movement_type = 'fee' then balance_amount
                -- as good as all, but for the rounding of amounts
                when abs(worth - worth_disputed) <= {{ exact_divide('worth_disputed', '1000') }}
                    then disputed_amount
                else {{ share_of('disputed_amount', 'worth', 'worth_disputed') }}
            end as decimal(38, 9)
        ) as amount,
        balance_currency as fee_currency,
        fee_amount,
        moved_at
    from compared
)

select * from final

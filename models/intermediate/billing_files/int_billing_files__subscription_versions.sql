with int_billing_files__subscription_states as (
    select * from {{ ref('int_billing_files__subscription_states') }}
),

int_billing_files__items_of_states as (
    select * from {{ ref('int_billing_files__items_of_states') }}
),

file_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
    where status in ('active', 'past_due')
),

-- A row that begins later says when a pause ends.
next_starts as (
    select
        states.subscription_version_id,
        min(file_prices.starts_at) as resumes_at
    from int_billing_files__subscription_states as states
    inner join file_prices
        on
            states.subscription_id = file_prices.subscription_id
            and states.valid_from < file_prices.starts_at
    group by states.subscription_version_id
),

statuses as (
    select
        subscription_version_id,
        case
            when max(case when status = 'past_due' then 1 else 0 end) = 1 then 'past_due'
            when max(case when status = 'active' then 1 else 0 end) = 1 then 'active'
            else min(status)
        end as status
    from int_billing_files__items_of_states
    group by subscription_version_id
),

-- Between two rows of a subscription it stands still; after the last one it is over.
states_named as (
    select
        states.*,
        next_starts.resumes_at,
        coalesce(
            statuses.status,
            case when states.last_started_at > states.valid_from then 'paused' else 'canceled' end
        ) as status
    from int_billing_files__subscription_states as states
    left join statuses
        on states.subscription_version_id = statuses.subscription_version_id
    left join next_starts
        on states.subscription_version_id = next_starts.subscription_version_id
),

final as (
    select
        source_account,
        subscription_version_id,
        version_number,
        subscription_id,
        customer_id,
        status,
        currency,
        'send_invoice' as collection_method,
        coalesce(status <> 'canceled' and last_ends_at > valid_from, false)
            as is_cancel_at_period_end,
        started_at as created_at,
        started_at,
        case when status <> 'canceled' then last_ends_at end as cancel_at,
        case when status = 'paused' then resumes_at end as pause_resumes_at,
        case when status = 'canceled' then valid_from end as canceled_at,
        case when status = 'canceled' then valid_from end as ended_at,
        'event' as evidence,
        valid_from,
        valid_to,
        is_newest,
        false as is_deleted
    from states_named
)

select * from final

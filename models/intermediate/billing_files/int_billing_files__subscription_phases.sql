with file_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
),

days_to_come as (
    select
        subscription_id,
        starts_at as changes_at
    from file_prices
    where starts_at > {{ as_of_timestamp() }}
    union all
    select
        subscription_id,
        ends_at as changes_at
    from file_prices
    where ends_at > {{ as_of_timestamp() }}
),

last_changes as (
    select
        subscription_id,
        max(changes_at) as changes_at
    from days_to_come
    group by subscription_id
),

-- The last change that rows tell of a subscription that goes on after it.
final as (
    select
        file_prices.subscription_id || '/planned' as schedule_id,
        cast(1 as bigint) as phase_number,
        last_changes.subscription_id,
        min(file_prices.source_account) as source_account,
        min(file_prices.customer_id) as customer_id,
        'active' as schedule_status,
        'release' as end_behavior,
        false as is_deleted,
        min(file_prices.currency) as currency,
        'send_invoice' as collection_method,
        last_changes.changes_at as phase_start_at,
        true as is_last_phase
    from last_changes
    inner join file_prices
        on
            last_changes.subscription_id = file_prices.subscription_id
            and last_changes.changes_at >= file_prices.starts_at
            and last_changes.changes_at < {{ until('file_prices.ends_at') }}
    group by
        file_prices.subscription_id,
        last_changes.subscription_id,
        last_changes.changes_at
)

select * from final

with file_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
),

-- Each day on which a row begins or ends is a state of its own.
days_of_change as (
    select
        source_account,
        subscription_id,
        starts_at as changed_at
    from file_prices
    union
    select
        source_account,
        subscription_id,
        ends_at as changed_at
    from file_prices
    where ends_at is not null
),

lives as (
    select
        subscription_id,
        min(customer_id) as customer_id,
        min(currency) as currency,
        min(starts_at) as started_at,
        max(starts_at) as last_started_at,
        case when count(*) = count(ends_at) then max(ends_at) end as last_ends_at
    from file_prices
    group by subscription_id
),

final as (
    select
        days_of_change.source_account,
        days_of_change.subscription_id || '@'
        || cast({{ day_of('days_of_change.changed_at') }} as {{ dbt.type_string() }})
            as subscription_version_id,
        cast(
            row_number() over (
                partition by days_of_change.subscription_id order by days_of_change.changed_at
            ) as bigint
        ) as version_number,
        days_of_change.subscription_id,
        lives.customer_id,
        lives.currency,
        lives.started_at,
        lives.last_started_at,
        lives.last_ends_at,
        days_of_change.changed_at as valid_from,
        lead(days_of_change.changed_at) over (
            partition by days_of_change.subscription_id order by days_of_change.changed_at
        ) as valid_to,
        row_number() over (
            partition by days_of_change.subscription_id order by days_of_change.changed_at desc
        ) = 1 as is_newest
    from days_of_change
    inner join lives
        on days_of_change.subscription_id = lives.subscription_id
    where days_of_change.changed_at <= {{ as_of_timestamp() }}
)

select * from final

with fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

int_mrr_ends_to_come as (
    select * from {{ ref('int_mrr_ends_to_come') }}
),

int_mrr_phases_to_come as (
    select * from {{ ref('int_mrr_phases_to_come') }}
),

int_mrr_pauses as (
    select * from {{ ref('int_mrr_pauses') }}
    where paused_to is null
),

int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
    where pause_resumes_at > {{ as_of_timestamp() }}
),

int_mrr_rates as (
    select * from {{ ref('int_mrr_rates') }}
    where valid_to is null
),

earning_now as (
    select
        subscription_id,
        customer_id,
        native_currency,
        sum(case when is_usage then 0 else tax_mrr end) as tax_mrr,
        sum(case when is_usage then 0 else mrr end) as mrr,
        sum(case when is_usage then mrr else 0 end) as usage_mrr
    from fct_mrr_segments
    where
        valid_to is null
        and valid_from <= {{ as_of_timestamp() }}
        and earning_state = 'earning'
    group by
        subscription_id,
        customer_id,
        native_currency
),

-- The last phase has its own discounts, and of what they leave the share that tax leaves today.
committed as (
    select
        earning_now.subscription_id,
        earning_now.customer_id,
        earning_now.native_currency,
        earning_now.mrr + earning_now.usage_mrr as native_mrr,
        case
            when ends_to_come.subscription_id is not null then 'cancellation'
            when phases_valued.subscription_id is not null then 'schedule'
        end as change_kind,
        case
            when ends_to_come.subscription_id is not null then ends_to_come.ends_at
            else phases_valued.phase_start_at
        end as changes_at,
        case
            when ends_to_come.subscription_id is not null then 0
            when phases_valued.subscription_id is not null
                then coalesce(
                    {{ share_of(
                        'phases_valued.discounted_mrr',
                        'earning_now.mrr',
                        '(earning_now.mrr + earning_now.tax_mrr)'
                    ) }},
                    phases_valued.discounted_mrr
                ) + earning_now.usage_mrr
            else earning_now.mrr + earning_now.usage_mrr
        end as native_committed_mrr
    from earning_now
    left join int_mrr_ends_to_come as ends_to_come
        on earning_now.subscription_id = ends_to_come.subscription_id
    left join int_mrr_phases_to_come as phases_valued
        on earning_now.subscription_id = phases_valued.subscription_id
),

-- A pause with a known end is a change that is agreed as well.
resuming as (
    select
        pauses.subscription_id,
        pauses.customer_id,
        pauses.native_currency,
        cast(0 as decimal(38, 9)) as native_mrr,
        'resume' as change_kind,
        subscriptions.pause_resumes_at as changes_at,
        sum(pauses.paused_mrr) as native_committed_mrr
    from int_mrr_pauses as pauses
    inner join int_billing_subscriptions as subscriptions
        on pauses.subscription_id = subscriptions.subscription_id
    left join earning_now
        on pauses.subscription_id = earning_now.subscription_id
    left join int_mrr_ends_to_come as ends_to_come
        on pauses.subscription_id = ends_to_come.subscription_id
    where
        earning_now.subscription_id is null
        and ends_to_come.subscription_id is null
    group by
        pauses.subscription_id,
        pauses.customer_id,
        pauses.native_currency,
        subscriptions.pause_resumes_at
),

all_committed as (
    select * from committed
    union all
    select * from resuming
),

final as (
    select
        committed.subscription_id,
        committed.customer_id,
        committed.native_currency,
        committed.change_kind,
        committed.changes_at,
        coalesce({{ in_report_currency(
            'committed.native_mrr', 'committed.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}, cast(0 as decimal(38, 9))) as mrr,
        coalesce({{ in_report_currency(
            'committed.native_committed_mrr', 'committed.native_currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}, cast(0 as decimal(38, 9))) as committed_mrr,
        '{{ report_currency() }}' as currency
    from all_committed as committed
    left join int_mrr_rates as rates
        on committed.native_currency = rates.currency
)

select * from final

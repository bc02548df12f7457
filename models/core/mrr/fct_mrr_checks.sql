with recomputed as (
    select * from {{ ref('int_mrr_recomputed') }}
),

segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
),

proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

price_values as (
    select * from {{ ref('int_mrr_price_values') }}
),

subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

open_segments as (
    select
        subscription_id,
        sum(gross_mrr) as gross_mrr
    from segments
    where
        valid_from <= {{ as_of_timestamp() }}
        and valid_to is null
        and not is_usage
    group by subscription_id
),

ledger_against_objects as (
    select
        'ledger_today' as check_name,
        recomputed.subscription_id as subject_id,
        recomputed.customer_id,
        cast(null as {{ timestamp_type() }}) as subject_at,
        recomputed.gross_mrr as expected,
        coalesce(open_segments.gross_mrr, 0) as actual,
        recomputed.gross_mrr = coalesce(open_segments.gross_mrr, 0) as is_tied,
        'ledger and subscription object of today differ' as reason
    from recomputed
    left join open_segments
        on recomputed.subscription_id = open_segments.subscription_id
),

-- a renewal asks for the list amount of what events say was in force
lines_against_events as (
    select
        'events_against_lines' as check_name,
        proven_lines.invoice_id || ':' || proven_lines.subscription_item_id as subject_id,
        subscriptions.customer_id,
        proven_lines.period_start_at as subject_at,
        price_values.amount as expected,
        proven_lines.amount as actual,
        abs(price_values.amount - proven_lines.amount) <= 0.01 as is_tied,
        'the invoice line is not the list amount of what events say' as reason
    from proven_lines
    inner join segments
        on
            proven_lines.subscription_id = segments.subscription_id
            and proven_lines.subscription_item_id = segments.subscription_item_id
            and proven_lines.period_start_at >= segments.valid_from
            and (segments.valid_to is null or proven_lines.period_start_at < segments.valid_to)
    inner join subscriptions
        on proven_lines.subscription_id = subscriptions.subscription_id
    inner join price_values
        on
            segments.price_id = price_values.price_id
            and segments.quantity = price_values.quantity
            and coalesce(subscriptions.currency, '')
            = coalesce(price_values.subscription_currency, '')
    where
        not proven_lines.is_proration
        and segments.evidence = 'event'
        and segments.earning_state = 'earning'
),

gaps as (
    select
        'evidence_gap' as check_name,
        item_stretches.subscription_id || ':' || item_stretches.subscription_item_id
        || ':' || cast(item_stretches.valid_from as {{ dbt.type_string() }}) as subject_id,
        subscriptions.customer_id,
        item_stretches.valid_from as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(null as decimal(38, 9)) as actual,
        false as is_tied,
        'no proof for more than one interval: carried once, then closed' as reason
    from item_stretches
    inner join subscriptions
        on item_stretches.subscription_id = subscriptions.subscription_id
    where item_stretches.is_gap
),

unpriced as (
    select
        'unpriced' as check_name,
        subscription_id || ':' || subscription_item_id || ':' || price_id as subject_id,
        customer_id,
        min(valid_from) as subject_at,
        cast(null as decimal(38, 9)) as expected,
        cast(0 as decimal(38, 9)) as actual,
        false as is_tied,
        'the terms of the price are unknown' as reason
    from segments
    where is_unpriced
    group by
        subscription_id,
        subscription_item_id,
        price_id,
        customer_id
),

without_rate as (
    select
        'no_exchange_rate' as check_name,
        customer_id || ':' || product_id || ':' || native_currency as subject_id,
        customer_id,
        cast(min(ledger_date) as {{ timestamp_type() }}) as subject_at,
        max(native_mrr) as expected,
        cast(0 as decimal(38, 9)) as actual,
        false as is_tied,
        'no exchange rate of the currency is known' as reason
    from ledger
    where has_no_rate
    group by
        customer_id,
        product_id,
        native_currency
),

all_checks as (
    select * from ledger_against_objects
    union all
    select * from lines_against_events
    union all
    select * from gaps
    union all
    select * from unpriced
    union all
    select * from without_rate
),

final as (
    select
        check_name,
        subject_id,
        customer_id,
        subject_at,
        cast(max(expected) as decimal(38, 9)) as expected,
        cast(max(actual) as decimal(38, 9)) as actual,
        min(case when is_tied then 1 else 0 end) = 1 as is_tied,
        max(reason) as reason
    from all_checks
    group by
        check_name,
        subject_id,
        customer_id,
        subject_at
)

select * from final

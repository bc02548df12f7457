with int_mrr_checks_of_today as (
    select * from {{ ref('int_mrr_checks_of_today') }}
),

int_mrr_checks_of_lines as (
    select * from {{ ref('int_mrr_checks_of_lines') }}
),

int_mrr_checks_of_renewals as (
    select * from {{ ref('int_mrr_checks_of_renewals') }}
),

int_mrr_checks_of_evidence as (
    select * from {{ ref('int_mrr_checks_of_evidence') }}
),

int_mrr_checks_of_statuses as (
    select * from {{ ref('int_mrr_checks_of_statuses') }}
),

all_checks as (
    select
        'ledger_today' as check_name,
        subscription_id as subject_id,
        customer_id,
        currency,
        cast(null as {{ timestamp_type() }}) as subject_at,
        expected,
        actual,
        is_tied,
        'ledger and subscription object of today differ' as reason
    from int_mrr_checks_of_today
    union all
    select
        'events_against_lines' as check_name,
        -- an advance invoice, or one that catches up, bills an item for several periods
        invoice_id || ':' || subscription_item_id
        || case
            when count(*) over (partition by invoice_id, subscription_item_id) > 1
                then ':' || cast(period_start_at as {{ dbt.type_string() }})
            else ''
        end as subject_id,
        customer_id,
        currency,
        period_start_at as subject_at,
        expected,
        actual,
        is_tied,
        'the invoice line is not the list amount of what events say' as reason
    from int_mrr_checks_of_lines
    union all
    select
        'renewals_net' as check_name,
        invoice_line_id as subject_id,
        customer_id,
        currency,
        period_start_at as subject_at,
        expected,
        actual,
        is_tied,
        'the paid line, less its discounts and tax, is not the MRR of its item then' as reason
    from int_mrr_checks_of_renewals
    union all
    select
        check_name,
        subject_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as currency,
        subject_at,
        expected,
        actual,
        false as is_tied,
        reason
    from int_mrr_checks_of_evidence
    union all
    select
        check_name,
        subject_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as currency,
        subject_at,
        expected,
        actual,
        false as is_tied,
        reason
    from int_mrr_checks_of_statuses
),

final as (
    select
        check_name,
        subject_id,
        customer_id,
        currency,
        subject_at,
        cast(expected as decimal(38, 9)) as expected,
        cast(actual as decimal(38, 9)) as actual,
        is_tied,
        reason
    from all_checks
)

select * from final

with int_bill_months_given_way as (
    select * from {{ ref('int_bill_months_given_way') }}
),

int_bill_months_in_doubt as (
    select * from {{ ref('int_bill_months_in_doubt') }}
),

int_bill_exports_told_twice as (
    select * from {{ ref('int_bill_exports_told_twice') }}
),

exports_told_twice as (
    select
        concat(source_account, export_name) as source_account,
        concat(other_account, other_export) as other_account,
        case when is_certain then 'billed_twice' else 'may_be_billed_twice' end as reason,
        cast(sum(amount) as decimal(38, 9)) as amount,
        {{ if_all_agree('currency') }} as currency,
        month
    from int_bill_exports_told_twice
    where agree
    group by
        concat(source_account, export_name),
        concat(other_account, other_export),
        case when is_certain then 'billed_twice' else 'may_be_billed_twice' end,
        month
),

reasons as (
    -- what the finer bill of the same account says as well: left out of every sum
    select
        source_account,
        superseded_by as other_account,
        'billed_twice' as reason,
        amount,
        currency,
        month
    from int_bill_months_given_way
    union all
    -- the finer bill counts, and says something else
    select
        source_account,
        superseded_by as other_account,
        'superseded_bill_differs' as reason,
        amount - kept_amount as amount,
        currency,
        month
    from int_bill_months_given_way
    where
        currency = kept_currency
        and abs(amount - kept_amount) > {{ reconcile_tolerance() }} * abs(amount)
    union all
    -- counted, and perhaps counted by the other bill, too: one of them does not name its account
    select
        source_account,
        other_account,
        'may_be_billed_twice' as reason,
        amount,
        currency,
        month
    from int_bill_months_in_doubt
    union all
    -- one account in two exports: the later one counts, where manifests say that both are whole
    select
        source_account,
        other_account,
        reason,
        case when currency is not null then amount end as amount,
        currency,
        month
    from exports_told_twice
),

final as (
    select
        'cost' as area,
        'bill_month' as subject_type,
        concat(
            source_account, '|', cast(month as {{ dbt.type_string() }}), '|', other_account
        ) as subject_id,
        reason,
        cast(amount as decimal(38, 9)) as amount,
        case when amount is not null then currency end as currency,
        cast(month as {{ timestamp_type() }}) as first_seen_at
    from reasons
)

select * from final

with int_bill_days_given_way as (
    select * from {{ ref('int_bill_days_given_way') }}
),

int_bill_accounts_by_day as (
    select * from {{ ref('int_bill_accounts_by_day') }}
),

given_way as (
    select
        provider,
        source_account,
        superseded_by,
        account_id,
        {{ month_of('cost_date') }} as month,
        min(cost_date) as first_day,
        max(cost_date) as last_day,
        {{ if_all_agree('currency') }} as currency,
        case when count(*) = count(amount) then sum(amount) end as amount
    from int_bill_days_given_way
    group by
        provider,
        source_account,
        superseded_by,
        account_id,
        {{ month_of('cost_date') }}
),

compared as (
    select
        given_way.provider,
        given_way.source_account,
        given_way.superseded_by,
        given_way.month,
        given_way.currency,
        given_way.amount,
        sum(int_bill_accounts_by_day.amount) as kept_amount,
        {{ if_all_agree('int_bill_accounts_by_day.currency') }} as kept_currency
    from given_way
    inner join int_bill_accounts_by_day
        on
            given_way.provider = int_bill_accounts_by_day.provider
            and given_way.superseded_by = int_bill_accounts_by_day.source_account
            and given_way.account_id = int_bill_accounts_by_day.account_id
            and given_way.month = {{ month_of('int_bill_accounts_by_day.cost_date') }}
            and given_way.first_day <= int_bill_accounts_by_day.cost_date
            and given_way.last_day >= int_bill_accounts_by_day.cost_date
    group by
        given_way.provider,
        given_way.source_account,
        given_way.superseded_by,
        given_way.account_id,
        given_way.month,
        given_way.currency,
        given_way.amount
),

final as (
    select
        provider,
        source_account,
        superseded_by,
        month,
        {{ if_all_agree('currency') }} as currency,
        {{ if_all_agree('kept_currency') }} as kept_currency,
        case
            when {{ if_all_agree('currency') }} is not null and count(*) = count(amount)
                then cast(sum(amount) as decimal(38, 9))
        end as amount,
        case
            when {{ if_all_agree('kept_currency') }} is not null and count(*) = count(kept_amount)
                then cast(sum(kept_amount) as decimal(38, 9))
        end as kept_amount
    from compared
    group by
        provider,
        source_account,
        superseded_by,
        month
)

select * from final

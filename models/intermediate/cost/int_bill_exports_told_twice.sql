with int_bill_exports_by_day as (
    select * from {{ ref('int_bill_exports_by_day') }}
),

exports_dated as (
    select
        *,
        min(stated_at) over (partition by source_account, export_name) as known_since
    from int_bill_exports_by_day
),

-- Two exports of one account: the one that was set up later counts. Files that no manifest lists
-- (without a name) may be a part, and are preferred to no export.
days_of_pairs as (
    select
        later.provider,
        earlier.source_account,
        earlier.export_name,
        later.source_account as other_account,
        later.export_name as other_export,
        later.billing_account_id,
        later.project_id,
        later.currency,
        {{ month_of('later.cost_date') }} as month,
        earlier.export_name <> '' and later.export_name <> '' as are_whole,
        earlier.amount,
        later.amount as other_amount,
        later.cost_date = max(later.cost_date) over (
            partition by
                later.provider,
                earlier.source_account,
                earlier.export_name,
                later.source_account,
                later.export_name,
                later.billing_account_id,
                later.project_id,
                later.currency
        ) as is_last_day
    from exports_dated as later
    inner join exports_dated as earlier
        on
            later.provider = earlier.provider
            and later.billing_account_id = earlier.billing_account_id
            and later.project_id = earlier.project_id
            and later.cost_date = earlier.cost_date
            and later.currency = earlier.currency
            and (
                (later.export_name <> '' and earlier.export_name = '')
                or (
                    (later.export_name = '') = (earlier.export_name = '')
                    and (
                        later.known_since > earlier.known_since
                        or (
                            later.known_since = earlier.known_since
                            and {{ in_byte_order(
                                "concat(later.export_name, '|', later.source_account)"
                            ) }}
                            > {{ in_byte_order(
                                "concat(earlier.export_name, '|', earlier.source_account)"
                            ) }}
                        )
                    )
                )
            )
),

pairs as (
    select
        provider,
        source_account,
        export_name,
        other_account,
        other_export,
        billing_account_id,
        project_id,
        currency,
        month,
        are_whole,
        cast(sum(amount) as decimal(38, 9)) as amount,
        cast(sum(other_amount) as decimal(38, 9)) as other_amount,
        sum(case when not is_last_day then amount end) as settled,
        sum(case when not is_last_day then other_amount end) as other_settled
    from days_of_pairs
    group by
        provider,
        source_account,
        export_name,
        other_account,
        other_export,
        billing_account_id,
        project_id,
        currency,
        month,
        are_whole
),

-- Of the last day that both tell, one may tell a part as yet: the days before it decide, in the
-- first days of a month those of the month before, too.
pairs_compared as (
    select
        *,
        coalesce(settled, 0) + coalesce(lag(settled) over by_month, 0) as compared,
        coalesce(other_settled, 0) + coalesce(lag(other_settled) over by_month, 0)
            as other_compared,
        coalesce(settled, lag(settled) over by_month) is null as is_first_day
    from pairs
    window by_month as (
        partition by
            provider,
            source_account,
            export_name,
            other_account,
            other_export,
            billing_account_id,
            project_id,
            currency
        order by month
    )
),

pairs_judged as (
    select
        *,
        case
            when is_first_day
                then abs(amount - other_amount) <= {{ reconcile_tolerance() }} * abs(other_amount)
            else abs(compared - other_compared) <= {{ reconcile_tolerance() }} * abs(other_compared)
        end as agree
    from pairs_compared
),

-- Exports that differ may be of parts of an account, such as its resource groups.
final as (
    select
        provider,
        source_account,
        export_name,
        other_account,
        other_export,
        billing_account_id,
        project_id,
        currency,
        month,
        amount,
        agree,
        are_whole and agree as is_certain
    from pairs_judged
)

select * from final

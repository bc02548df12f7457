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
pairs as (
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
        cast(sum(earlier.amount) as decimal(38, 9)) as amount,
        cast(sum(later.amount) as decimal(38, 9)) as other_amount
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
    group by
        later.provider,
        earlier.source_account,
        earlier.export_name,
        later.source_account,
        later.export_name,
        later.billing_account_id,
        later.project_id,
        later.currency,
        {{ month_of('later.cost_date') }}
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
        abs(amount - other_amount) <= {{ reconcile_tolerance() }} * abs(other_amount) as agree,
        are_whole
        and abs(amount - other_amount)
        <= {{ reconcile_tolerance() }} * abs(other_amount) as is_certain
    from pairs
)

select * from final

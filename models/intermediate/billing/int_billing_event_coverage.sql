with all_vendors as (
    {{ union_of_vendors('event_coverage') }}
),

windows_compared as (
    select
        billing_provider,
        source_account,
        covered_from,
        covered_to,
        max(covered_to) over (
            partition by source_account
            order by covered_from, covered_to
            rows between unbounded preceding and 1 preceding
        ) as covered_before_to
    from all_vendors
),

windows_numbered as (
    select
        billing_provider,
        source_account,
        covered_from,
        covered_to,
        sum(
            case
                when covered_before_to is null or covered_from > covered_before_to then 1
                else 0
            end
        ) over (
            partition by source_account
            order by covered_from, covered_to
            rows between unbounded preceding and current row
        ) as stretch_number
    from windows_compared
),

final as (
    select
        billing_provider,
        source_account,
        cast(stretch_number as bigint) as stretch_number,
        min(covered_from) as covered_from,
        max(covered_to) as covered_to,
        min(covered_to) as first_read_at
    from windows_numbered
    group by
        billing_provider,
        source_account,
        stretch_number
)

select * from final

{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': 'int_cost_lines_that_fit',
}) }}

with int_cost_lines_that_fit as (
    select *
    from {{ ref('int_cost_lines_that_fit') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

usage_lines_compared as (
    select
        *,
        min(distance) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) as least_distance
    from int_cost_lines_that_fit
    where not is_reduction
),

lines_counted as (
    select
        *,
        count(*) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) as line_count
    from usage_lines_compared
    where distance = least_distance
),

unexplained_found as (
    select
        *,
        greatest(
            billed_size - sum(
                case when line_count = 1 then list_cost_nano else cast(0 as decimal(38, 0)) end
            ) over (partition by provider_cost_id),
            cast(0 as decimal(38, 0))
        ) as unexplained
    from lines_counted
),

-- A use that fits several lines (its event names no key) is shared by what of each line the other
-- uses do not explain, else by what the lines bill.
shares_found as (
    select
        *,
        case
            when sum(unexplained) over (
                partition by cost_date, provider, project_id, api_key_id, model_id, pool
            ) > 0 then unexplained
            when sum(billed_size) over (
                partition by cost_date, provider, project_id, api_key_id, model_id, pool
            ) > 0 then billed_size
            else cast(1 as decimal(38, 0))
        end as share
    from unexplained_found
),

final as (
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        pool,
        provider_cost_id,
        true as is_estimate,
        level,
        line_count,
        count(*) over (partition by provider_cost_id) as uses_of_line,
        cast(share as decimal(38, 0)) as share,
        cast(sum(share) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
            order by {{ in_byte_order('provider_cost_id') }}
            rows between unbounded preceding and current row
        ) as decimal(38, 0)) as share_to_here,
        cast(sum(share) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) as decimal(38, 0)) as share_total
    from shares_found
    union all
    -- A credit or tax is spread over all that it is on, and says nothing about what it should cost.
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        pool,
        provider_cost_id,
        false as is_estimate,
        level,
        cast(1 as bigint) as line_count,
        count(*) over (partition by provider_cost_id) as uses_of_line,
        cast(1 as decimal(38, 0)) as share,
        cast(1 as decimal(38, 0)) as share_to_here,
        cast(1 as decimal(38, 0)) as share_total
    from int_cost_lines_that_fit
    where is_reduction and has_usage_line
)

select * from final

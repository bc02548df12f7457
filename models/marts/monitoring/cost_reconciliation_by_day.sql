with fct_cost_by_line_day as (
    select * from {{ ref('fct_cost_by_line_day') }}
),

fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_llm_calls_by_feature_day as (
    select * from {{ ref('fct_llm_calls_by_feature_day') }}
),

bills as (
    select
        cost_date,
        provider,
        coalesce(project_id, '__none__') as project_id,
        sum(billed_usd) as billed_usd,
        sum(billed_usd - first_billed_usd) as restated_usd,
        sum(case when pool is null or not is_mapped then billed_usd else 0 end) as unmapped_usd
    from fct_provider_costs
    where cost_kind = 'llm'
    group by
        cost_date,
        provider,
        coalesce(project_id, '__none__')
),

attributions as (
    select
        cost_date,
        provider,
        coalesce(project_id, '__none__') as project_id,
        sum(
            case
                when
                    feature_id <> '__unattributed__' and line_item <> '__no_bill__'
                    then cost_usd
                else 0
            end
        )
            as attributed_usd,
        sum(
            case
                when
                    feature_id = '__unattributed__' and line_item <> '__no_bill__'
                    then cost_usd
                else 0
            end
        )
            as unattributed_usd,
        sum(case when line_item <> '__no_bill__' then list_cost_usd else 0 end) as matched_list_usd,
        sum(
            case
                when
                    line_item <> '__no_bill__' and is_matched
                    then cost_usd
                else 0
            end
        ) as matched_billed_usd,
        sum(case when status = 'provisional' then cost_usd else 0 end) as provisional_usd,
        {{ estimated_part() }} as estimated_cost_usd,
        sum(case when status = 'never_billed' then list_cost_usd else 0 end)
            as never_billed_list_usd
    from fct_cost_by_line_day
    where cost_kind = 'llm'
    group by
        cost_date,
        provider,
        coalesce(project_id, '__none__')
),

estimates as (
    select
        cost_date,
        provider,
        coalesce(project_id, '__none__') as project_id,
        sum(list_cost_usd) as estimated_usd,
        sum(calls) as calls,
        sum(unpriced_calls) as unpriced_calls
    from fct_llm_calls_by_feature_day
    group by
        cost_date,
        provider,
        coalesce(project_id, '__none__')
),

projects_and_days as (
    select
        cost_date,
        provider,
        project_id
    from bills
    union distinct
    select
        cost_date,
        provider,
        project_id
    from attributions
    union distinct
    select
        cost_date,
        provider,
        project_id
    from estimates
),

final as (
    select
        projects_and_days.cost_date as date,
        projects_and_days.provider,
        projects_and_days.project_id,
        cast(coalesce(bills.billed_usd, 0) as decimal(38, 9)) as billed_usd,
        cast(coalesce(bills.restated_usd, 0) as decimal(38, 9)) as restated_usd,
        cast(coalesce(bills.unmapped_usd, 0) as decimal(38, 9)) as unmapped_usd,
        cast(coalesce(estimates.estimated_usd, 0) as decimal(38, 9)) as estimated_usd,
        cast(coalesce(attributions.attributed_usd, 0) as decimal(38, 9)) as attributed_usd,
        cast(coalesce(attributions.unattributed_usd, 0) as decimal(38, 9)) as unattributed_usd,
        cast(coalesce(attributions.provisional_usd, 0) as decimal(38, 9)) as provisional_usd,
        cast(coalesce(attributions.estimated_cost_usd, 0) as decimal(38, 9)) as estimated_cost_usd,
        cast(coalesce(attributions.never_billed_list_usd, 0) as decimal(38, 9))
            as never_billed_list_usd,
        {{ exact_divide('attributions.matched_billed_usd', 'attributions.matched_list_usd') }}
            as billed_to_estimated_ratio,
        {{ exact_divide('attributions.attributed_usd', 'bills.billed_usd') }} as coverage,
        cast(coalesce(estimates.calls, 0) as bigint) as calls,
        cast(coalesce(estimates.unpriced_calls, 0) as bigint) as unpriced_calls,
        {{ is_running_day('projects_and_days.cost_date') }} as is_provisional
    from projects_and_days
    left join bills
        on
            projects_and_days.cost_date = bills.cost_date
            and projects_and_days.provider = bills.provider
            and projects_and_days.project_id = bills.project_id
    left join attributions
        on
            projects_and_days.cost_date = attributions.cost_date
            and projects_and_days.provider = attributions.provider
            and projects_and_days.project_id = attributions.project_id
    left join estimates
        on
            projects_and_days.cost_date = estimates.cost_date
            and projects_and_days.provider = estimates.provider
            and projects_and_days.project_id = estimates.project_id
)

select * from final

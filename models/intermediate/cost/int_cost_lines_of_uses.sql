{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': {'app_events': 'int_llm_usage_by_day'},
    'references': ['line_item_map', 'cost_kinds', 'cost_rules', 'int_bill_exchange_rates'],
}) }}

with int_llm_cost_by_pool as (
    select *
    from {{ ref('int_llm_cost_by_pool') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

fct_provider_costs as (
    select *
    from {{ ref('fct_provider_costs') }}
    where
        billed_usd is not null
        and cost_kind = 'llm'
        and {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

int_cost_accounts_of_projects as (
    select *
    from {{ ref('int_cost_accounts_of_projects') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

uses as (
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        pool,
        sum(list_cost_nano) as list_cost_nano
    from int_llm_cost_by_pool
    group by
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        pool
),

-- Which token lines may bill a use: same day, model and pool, and nothing that both name differs;
-- a project that one account bills that day is not billed by another.
fits as (
    select
        uses.*,
        fct_provider_costs.provider_cost_id,
        least(abs({{ to_nano('fct_provider_costs.billed_usd') }}), {{ most_shared_nano() }})
            as billed_size,
        case
            when uses.project_id <> coalesce(fct_provider_costs.project_id, '') then 3
            when uses.api_key_id <> coalesce(fct_provider_costs.api_key_id, '') then 2
            else 1
        end as level
    from uses
    inner join fct_provider_costs
        on
            uses.cost_date = fct_provider_costs.cost_date
            and uses.provider = fct_provider_costs.provider
            and uses.model_id = fct_provider_costs.model_id
            and uses.pool = fct_provider_costs.pool
            and uses.project_id in ('', coalesce(fct_provider_costs.project_id, uses.project_id))
            and uses.api_key_id in ('', coalesce(fct_provider_costs.api_key_id, uses.api_key_id))
    left join int_cost_accounts_of_projects
        on
            uses.cost_date = int_cost_accounts_of_projects.cost_date
            and uses.provider = int_cost_accounts_of_projects.provider
            and uses.project_id = int_cost_accounts_of_projects.project_id
    where
        int_cost_accounts_of_projects.source_account is null
        or int_cost_accounts_of_projects.source_account = fct_provider_costs.source_account
),

levels_compared as (
    select
        *,
        min(level) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) as best_level
    from fits
),

lines_counted as (
    select
        *,
        count(*) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) as line_count
    from levels_compared
    where level = best_level
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
-- uses do not explain.
shares_found as (
    select
        *,
        case
            when sum(unexplained) over (
                partition by cost_date, provider, project_id, api_key_id, model_id, pool
            ) > 0 then unexplained
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
)

select * from final

{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': {'app_events': 'int_llm_usage_by_day'},
    'references': [
        'cost_kinds', 'cost_rules', 'int_bill_exchange_rates', 'line_item_map', 'provider_aliases'
    ],
}) }}

with int_llm_cost_by_pool as (
    select *
    from {{ ref('int_llm_cost_by_pool') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

lines_of_models as (
    select *
    from {{ ref('int_cost_lines_of_models') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
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
        lines_of_models.provider_cost_id,
        lines_of_models.billed_usd < 0
        or coalesce(lines_of_models.charge_category, '') = 'Tax' as is_beside_use,
        least(abs({{ to_nano('lines_of_models.billed_usd') }}), {{ most_shared_nano() }})
            as billed_size,
        case
            when lines_of_models.is_of_all
                then
                    case when lines_of_models.names_model then 8 else 6 end
                    + case when lines_of_models.project_id is null then 1 else 0 end
            when uses.project_id <> coalesce(lines_of_models.project_id, '') then 3
            when uses.api_key_id <> coalesce(lines_of_models.api_key_id, '') then 2
            else 1
        end as level,
        -- What a use does not name, it does not choose by.
        case
            when lines_of_models.is_of_all
                then case when lines_of_models.names_model then 4 else 5 end
            when uses.project_id <> '' and lines_of_models.project_id is null then 3
            when uses.api_key_id <> '' and lines_of_models.api_key_id is null then 2
            else 1
        end as distance
    from uses
    inner join lines_of_models
        on
            uses.cost_date = lines_of_models.cost_date
            and uses.provider = lines_of_models.provider
            and uses.model_id = lines_of_models.model_id
            and uses.pool = lines_of_models.pool
            and uses.project_id in ('', coalesce(lines_of_models.project_id, uses.project_id))
            and uses.api_key_id in ('', coalesce(lines_of_models.api_key_id, uses.api_key_id))
    left join int_cost_accounts_of_projects
        on
            uses.cost_date = int_cost_accounts_of_projects.cost_date
            and uses.provider = int_cost_accounts_of_projects.provider
            and uses.project_id = int_cost_accounts_of_projects.project_id
    where
        int_cost_accounts_of_projects.source_account is null
        or int_cost_accounts_of_projects.source_account = lines_of_models.source_account
),

lines_told_apart as (
    select
        *,
        max(case when is_beside_use then 0 else 1 end) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) = 1 as has_usage_line
    from fits
),

-- A credit on a use that another line bills takes that line back in part, a tax comes on top of it:
-- neither is a part of the use. Without such a line they are compared like any.
final as (
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        pool,
        provider_cost_id,
        list_cost_nano,
        billed_size,
        level,
        distance,
        has_usage_line,
        is_beside_use and max(case when has_usage_line then 1 else 0 end) over (
            partition by cost_date, provider_cost_id
        ) = 1 as is_reduction
    from lines_told_apart
)

select * from final

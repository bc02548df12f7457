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

fct_provider_costs as (
    select *
    from {{ ref('fct_provider_costs') }}
    where
        billed_usd is not null
        and cost_kind = 'llm'
        and pool = 'other'
        and {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

int_cost_accounts_of_projects as (
    select *
    from {{ ref('int_cost_accounts_of_projects') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

-- Searches, storage and bundles are weighed by everything their project (or else provider) did
-- that day; a project that one account bills that day weighs no line of another.
owners_of_lines as (
    select
        fct_provider_costs.provider_cost_id,
        fct_provider_costs.cost_date,
        fct_provider_costs.provider,
        int_llm_cost_by_pool.feature_id,
        int_llm_cost_by_pool.app_customer_id,
        case when fct_provider_costs.project_id is null then 5 else 4 end as level,
        int_llm_cost_by_pool.list_cost_nano
    from int_llm_cost_by_pool
    inner join fct_provider_costs
        on
            int_llm_cost_by_pool.cost_date = fct_provider_costs.cost_date
            and int_llm_cost_by_pool.provider = fct_provider_costs.provider
            and (
                int_llm_cost_by_pool.project_id = fct_provider_costs.project_id
                or int_llm_cost_by_pool.project_id = ''
                or fct_provider_costs.project_id is null
            )
    left join int_cost_accounts_of_projects
        on
            int_llm_cost_by_pool.cost_date = int_cost_accounts_of_projects.cost_date
            and int_llm_cost_by_pool.provider = int_cost_accounts_of_projects.provider
            and int_llm_cost_by_pool.project_id = int_cost_accounts_of_projects.project_id
    where
        int_llm_cost_by_pool.list_cost_nano > 0
        and (
            int_cost_accounts_of_projects.source_account is null
            or int_cost_accounts_of_projects.source_account = fct_provider_costs.source_account
        )
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        feature_id,
        app_customer_id,
        level,
        cast(sum(list_cost_nano) as decimal(38, 0)) as weight_nano
    from owners_of_lines
    group by
        provider_cost_id,
        cost_date,
        provider,
        feature_id,
        app_customer_id,
        level
)

select * from final

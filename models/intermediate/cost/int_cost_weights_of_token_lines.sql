{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': 'int_cost_lines_of_uses',
}) }}

with int_llm_cost_by_pool as (
    select *
    from {{ ref('int_llm_cost_by_pool') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

int_cost_lines_of_uses as (
    select *
    from {{ ref('int_cost_lines_of_uses') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

weights_of_uses as (
    select
        int_llm_cost_by_pool.cost_date,
        int_llm_cost_by_pool.provider,
        int_llm_cost_by_pool.project_id,
        int_llm_cost_by_pool.api_key_id,
        int_llm_cost_by_pool.model_id,
        int_llm_cost_by_pool.feature_id,
        int_llm_cost_by_pool.app_customer_id,
        int_cost_lines_of_uses.provider_cost_id,
        int_cost_lines_of_uses.is_estimate,
        int_cost_lines_of_uses.level,
        int_cost_lines_of_uses.uses_of_line,
        case
            when coalesce(int_cost_lines_of_uses.line_count, 1) = 1
                then int_llm_cost_by_pool.list_cost_nano
            else
                {{ floor_divide(
                    'int_llm_cost_by_pool.list_cost_nano * int_cost_lines_of_uses.share_to_here',
                    'int_cost_lines_of_uses.share_total'
                ) }}
                - {{ floor_divide(
                    'int_llm_cost_by_pool.list_cost_nano'
                    ~ ' * (int_cost_lines_of_uses.share_to_here - int_cost_lines_of_uses.share)',
                    'int_cost_lines_of_uses.share_total'
                ) }}
        end as weight_nano
    from int_llm_cost_by_pool
    left join int_cost_lines_of_uses
        on
            int_llm_cost_by_pool.cost_date = int_cost_lines_of_uses.cost_date
            and int_llm_cost_by_pool.provider = int_cost_lines_of_uses.provider
            and int_llm_cost_by_pool.project_id = int_cost_lines_of_uses.project_id
            and int_llm_cost_by_pool.api_key_id = int_cost_lines_of_uses.api_key_id
            and int_llm_cost_by_pool.model_id = int_cost_lines_of_uses.model_id
            and int_llm_cost_by_pool.pool = int_cost_lines_of_uses.pool
),

-- What fits no line has no bill.
token_weights as (
    select
        coalesce(
            provider_cost_id,
            concat(
                provider, '|', cast(cost_date as {{ dbt.type_string() }}), '|',
                {{ id_part('project_id') }}, '|', {{ id_part('api_key_id') }}, '|',
                {{ id_part('model_id') }}, '|__no_bill__'
            )
        ) as provider_cost_id,
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        feature_id,
        app_customer_id,
        coalesce(is_estimate, true) as is_estimate,
        coalesce(level, 0) as level,
        coalesce(uses_of_line, 0) = 1 as is_only_use,
        weight_nano
    from weights_of_uses
    where weight_nano > 0
),

-- Most lines bill one use, whose weights are one row each already.
weights_of_only_uses as (
    select
        provider_cost_id,
        cost_date,
        provider,
        cast(null as {{ dbt.type_string() }}) as project_id,
        cast(null as {{ dbt.type_string() }}) as api_key_id,
        cast(null as {{ dbt.type_string() }}) as model_id,
        feature_id,
        app_customer_id,
        is_estimate,
        level,
        weight_nano
    from token_weights
    where is_only_use
),

weights_summed as (
    select
        provider_cost_id,
        cost_date,
        provider,
        -- A line's own project, key and model stand on the line; these are of events without a bill.
        max(case when level = 0 then project_id end) as project_id,
        max(case when level = 0 then api_key_id end) as api_key_id,
        max(case when level = 0 then model_id end) as model_id,
        feature_id,
        app_customer_id,
        is_estimate,
        max(level) as level,
        cast(sum(weight_nano) as decimal(38, 0)) as weight_nano
    from token_weights
    where not is_only_use
    group by
        provider_cost_id,
        cost_date,
        provider,
        feature_id,
        app_customer_id,
        is_estimate
),

final as (
    select * from weights_of_only_uses
    union all
    select * from weights_summed
)

select * from final

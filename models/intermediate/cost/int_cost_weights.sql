{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('cost_date'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'cost_date',
        'days_by_load': 'int_cost_days_by_load',
        'loads_of': ['app_events', 'openai'],
        'after': {'app_events': 'int_llm_usage_by_day'},
        'references': [
            'int_llm_rate_bands', 'model_aliases', 'line_item_map', 'cost_rules',
            'int_bill_exchange_rates',
        ],
    }
) }}

-- depends_on: {{ ref('int_llm_rate_bands') }}
-- depends_on: {{ ref('model_aliases') }}
-- depends_on: {{ ref('line_item_map') }}
-- depends_on: {{ ref('cost_rules') }}
-- depends_on: {{ ref('int_bill_exchange_rates') }}
with list_costs as (
    select *
    from {{ ref('int_llm_cost_by_pool') }}
    where {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
),

bill_lines as (
    select
        provider_cost_id,
        cost_date,
        provider,
        coalesce(project_id, '') as project_id,
        coalesce(api_key_id, '') as api_key_id,
        model_id,
        pool,
        abs({{ to_nano('billed_usd') }}) as billed_size
    from {{ ref('fct_provider_costs') }}
    where
        billed_usd is not null
        and {{ in_touched_days('cost_date', ref('int_cost_days_by_load')) }}
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
    from list_costs
    group by
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        pool
),

-- Which token lines may bill a use: same day, model and pool, and nothing that both name differs.
fits as (
    select
        uses.*,
        bill_lines.provider_cost_id,
        bill_lines.billed_size,
        case
            when uses.project_id <> bill_lines.project_id then 3
            when uses.api_key_id <> bill_lines.api_key_id then 2
            else 1
        end as level
    from uses
    inner join bill_lines
        on
            uses.cost_date = bill_lines.cost_date
            and uses.provider = bill_lines.provider
            and uses.model_id = bill_lines.model_id
            and uses.pool = bill_lines.pool
            and (
                uses.project_id = bill_lines.project_id
                or uses.project_id = ''
                or bill_lines.project_id = ''
            )
            and (
                uses.api_key_id = bill_lines.api_key_id
                or uses.api_key_id = ''
                or bill_lines.api_key_id = ''
            )
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

shares_summed as (
    select
        *,
        sum(share) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
            order by {{ in_byte_order('provider_cost_id') }}
            rows between unbounded preceding and current row
        ) as share_to_here,
        sum(share) over (
            partition by cost_date, provider, project_id, api_key_id, model_id, pool
        ) as share_total,
        count(*) over (partition by provider_cost_id) as uses_of_line
    from shares_found
),

weights_of_uses as (
    select
        list_costs.cost_date,
        list_costs.provider,
        list_costs.project_id,
        list_costs.api_key_id,
        list_costs.feature_id,
        list_costs.app_customer_id,
        shares_summed.provider_cost_id,
        shares_summed.level,
        shares_summed.uses_of_line,
        case
            when shares_summed.provider_cost_id is null or shares_summed.line_count = 1
                then list_costs.list_cost_nano
            else
                {{ floor_divide(
                    'list_costs.list_cost_nano * shares_summed.share_to_here',
                    'shares_summed.share_total'
                ) }}
                - {{ floor_divide(
                    'list_costs.list_cost_nano'
                    ~ ' * (shares_summed.share_to_here - shares_summed.share)',
                    'shares_summed.share_total'
                ) }}
        end as weight_nano
    from list_costs
    left join shares_summed
        on
            list_costs.cost_date = shares_summed.cost_date
            and list_costs.provider = shares_summed.provider
            and list_costs.project_id = shares_summed.project_id
            and list_costs.api_key_id = shares_summed.api_key_id
            and list_costs.model_id = shares_summed.model_id
            and list_costs.pool = shares_summed.pool
),

-- What fits no line has no bill.
token_weights as (
    select
        coalesce(
            provider_cost_id,
            concat(
                provider, '|', cast(cost_date as {{ dbt.type_string() }}), '|',
                project_id, '|', api_key_id, '|__no_bill__'
            )
        ) as provider_cost_id,
        cost_date,
        provider,
        project_id,
        api_key_id,
        feature_id,
        app_customer_id,
        coalesce(level, 0) as level,
        true as is_estimate,
        coalesce(uses_of_line, 0) = 1 as is_only_use,
        weight_nano
    from weights_of_uses
    where weight_nano > 0
),

-- Searches, storage and bundles are weighed by everything their project (or else provider) did
-- that day; these weights say nothing about what the line should cost.
other_weights as (
    select
        bill_lines.provider_cost_id,
        list_costs.cost_date,
        list_costs.provider,
        list_costs.project_id,
        list_costs.api_key_id,
        list_costs.feature_id,
        list_costs.app_customer_id,
        case when bill_lines.project_id = '' then 5 else 4 end as level,
        false as is_estimate,
        false as is_only_use,
        list_costs.list_cost_nano as weight_nano
    from list_costs
    inner join bill_lines
        on
            list_costs.cost_date = bill_lines.cost_date
            and list_costs.provider = bill_lines.provider
            and bill_lines.pool = 'other'
            and (
                list_costs.project_id = bill_lines.project_id
                or list_costs.project_id = ''
                or bill_lines.project_id = ''
            )
    where list_costs.list_cost_nano > 0
),

all_weights as (
    select * from token_weights
    union all
    select * from other_weights
),

-- Most lines bill one use, whose weights are one row each already.
weights_of_only_uses as (
    select
        provider_cost_id,
        cost_date,
        provider,
        cast(null as {{ dbt.type_string() }}) as project_id,
        cast(null as {{ dbt.type_string() }}) as api_key_id,
        feature_id,
        app_customer_id,
        is_estimate,
        level,
        weight_nano
    from all_weights
    where is_only_use
),

weights_summed as (
    select
        provider_cost_id,
        cost_date,
        provider,
        -- A line's own project and key stand on the line; these are of events without a bill.
        max(case when level = 0 then project_id end) as project_id,
        max(case when level = 0 then api_key_id end) as api_key_id,
        feature_id,
        app_customer_id,
        is_estimate,
        max(level) as level,
        cast(sum(weight_nano) as decimal(38, 0)) as weight_nano
    from all_weights
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

{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('cost_date'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'cost_date',
        'days_by_load': 'int_cost_verdict_days_by_load',
        'open_days': var('finality_days') | int + 3,
        'loads_of': ['app_events', 'openai'],
        'after': {'app_events': 'int_cost_line_estimates', 'openai': 'int_cost_line_estimates'},
        'references': [
            'int_llm_rate_bands', 'model_aliases', 'line_item_map', 'cost_rules',
            'int_bill_exchange_rates',
        ],
        'switches': ['reconcile_tolerance', 'finality_days'],
    }
) }}

-- depends_on: {{ ref('int_llm_rate_bands') }}
-- depends_on: {{ ref('model_aliases') }}
-- depends_on: {{ ref('line_item_map') }}
-- depends_on: {{ ref('cost_rules') }}
-- depends_on: {{ ref('int_bill_exchange_rates') }}
with weights as (
    select *
    from {{ ref('int_cost_weights') }}
    where {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

verdicts as (
    select
        *,
        -- Names the line in few bytes where many rows are sorted by it.
        row_number() over (order by {{ in_byte_order('provider_cost_id') }}) as line_number,
        abs(billed_nano - unattributed_nano) as to_events_nano,
        case when billed_nano < 0 then -1 else 1 end as billed_sign
    from {{ ref('int_cost_line_verdicts') }}
    where {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

int_line_items as (
    select * from {{ ref('int_line_items') }}
),

int_cost_rule_features as (
    select * from {{ ref('int_cost_rule_features') }}
),

weight_totals as (
    select
        provider_cost_id,
        sum(weight_nano) as weight_total
    from weights
    where level > 0
    group by provider_cost_id
),

quotas as (
    select
        verdicts.line_number,
        verdicts.to_events_nano,
        weights.feature_id,
        weights.app_customer_id,
        weights.level,
        weights.is_estimate,
        weights.weight_nano,
        weight_totals.weight_total,
        {{ floor_divide(
            'verdicts.to_events_nano * weights.weight_nano', 'weight_totals.weight_total'
        ) }} as quota_nano
    from verdicts
    inner join weights
        on
            verdicts.provider_cost_id = weights.provider_cost_id
            and verdicts.cost_date = weights.cost_date
    inner join weight_totals
        on verdicts.provider_cost_id = weight_totals.provider_cost_id
    where weights.level > 0
),

-- Largest remainder: the nano-dollars that rounding down leaves go to the largest fractions.
leftovers_ranked as (
    select
        line_number,
        feature_id,
        app_customer_id,
        level,
        is_estimate,
        weight_nano,
        quota_nano,
        to_events_nano - sum(quota_nano) over (partition by line_number) as leftover_nano,
        row_number() over (
            partition by line_number
            order by
                to_events_nano * weight_nano - quota_nano * weight_total desc,
                {{ in_byte_order("concat(feature_id, '|', app_customer_id)") }} asc
        ) as leftover_rank
    from quotas
),

attributed_to_events as (
    select
        verdicts.provider_cost_id,
        verdicts.cost_date,
        verdicts.provider,
        verdicts.project_id,
        verdicts.api_key_id,
        verdicts.line_item,
        verdicts.model_id,
        leftovers_ranked.feature_id,
        leftovers_ranked.app_customer_id,
        verdicts.billed_sign * (
            leftovers_ranked.quota_nano
            + case
                when leftovers_ranked.leftover_rank <= leftovers_ranked.leftover_nano then 1
                else 0
            end
        ) as cost_nano,
        case
            when leftovers_ranked.is_estimate then leftovers_ranked.weight_nano
            else cast(0 as decimal(38, 0))
        end as list_cost_nano,
        verdicts.status,
        concat(
            case leftovers_ranked.level
                when 1 then 'project_key_model_pool'
                when 2 then 'project_model_pool'
                when 3 then 'model_pool'
                when 4 then 'project_day'
                else 'provider_day'
            end,
            case when verdicts.is_reconciled_with_neighbour then '_two_days' else '' end
        ) as method
    from leftovers_ranked
    inner join verdicts
        on leftovers_ranked.line_number = verdicts.line_number
),

-- A line that no event weighs belongs to the feature that a rule names; what a bill has beyond
-- the events belongs to nobody.
not_attributed_to_events as (
    select
        verdicts.provider_cost_id,
        verdicts.cost_date,
        verdicts.provider,
        verdicts.project_id,
        verdicts.api_key_id,
        verdicts.line_item,
        verdicts.model_id,
        case
            when verdicts.status = 'billed_no_events'
                then coalesce(int_cost_rule_features.feature_id, '__unattributed__')
            else '__unattributed__'
        end as feature_id,
        '__unattributed__' as app_customer_id,
        verdicts.unattributed_nano as cost_nano,
        cast(0 as decimal(38, 0)) as list_cost_nano,
        verdicts.status,
        case
            when
                verdicts.status = 'billed_no_events'
                and int_cost_rule_features.feature_id is not null
                then 'cost_rule'
            else 'none'
        end as method
    from verdicts
    inner join int_line_items
        on
            verdicts.provider = int_line_items.provider
            and verdicts.line_item = int_line_items.line_item
    left join int_cost_rule_features
        on
            verdicts.provider = int_cost_rule_features.provider
            and coalesce(verdicts.project_id, '') = int_cost_rule_features.project_id
            and coalesce(verdicts.api_key_id, '') = int_cost_rule_features.api_key_id
            and coalesce(int_line_items.model, '') = int_cost_rule_features.model
            and verdicts.model_id = int_cost_rule_features.model_id
    where verdicts.status = 'billed_no_events' or verdicts.unattributed_nano <> 0
),

-- A bill may still come; once it no longer can, the use was free.
without_a_bill as (
    select
        provider_cost_id,
        cost_date,
        provider,
        nullif(project_id, '') as project_id,
        nullif(api_key_id, '') as api_key_id,
        '__no_bill__' as line_item,
        '__no_model__' as model_id,
        feature_id,
        app_customer_id,
        case
            when {{ is_final_day('cost_date') }} then cast(0 as decimal(38, 0))
            else weight_nano
        end as cost_nano,
        weight_nano as list_cost_nano,
        case when {{ is_final_day('cost_date') }} then 'never_billed' else 'provisional' end
            as status,
        'no_bill' as method
    from weights
    where level = 0
),

-- Events of nobody in particular stand in one row with what nobody's events explain; every other
-- row is one already.
rows_of_nobody as (
    select * from attributed_to_events
    where feature_id = '__unattributed__' and app_customer_id = '__unattributed__'
    union all
    select * from not_attributed_to_events
),

rows_of_nobody_summed as (
    select
        provider_cost_id,
        cost_date,
        provider,
        project_id,
        api_key_id,
        line_item,
        model_id,
        feature_id,
        app_customer_id,
        sum(cost_nano) as cost_nano,
        sum(list_cost_nano) as list_cost_nano,
        status,
        max(method) as method
    from rows_of_nobody
    group by
        provider_cost_id,
        cost_date,
        provider,
        project_id,
        api_key_id,
        line_item,
        model_id,
        feature_id,
        app_customer_id,
        status
),

all_rows as (
    select * from attributed_to_events
    where feature_id <> '__unattributed__' or app_customer_id <> '__unattributed__'
    union all
    select * from rows_of_nobody_summed
    union all
    select * from without_a_bill
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        project_id,
        api_key_id,
        line_item,
        model_id,
        feature_id,
        app_customer_id,
        status,
        method,
        {{ from_nano('cost_nano') }} as cost_usd,
        {{ from_nano('list_cost_nano') }} as list_cost_usd
    from all_rows
)

select * from final

{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_verdict_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': 'int_cost_attributed_to_events',
}) }}

with int_cost_line_verdicts as (
    select *
    from {{ ref('int_cost_line_verdicts') }}
    where {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

int_cost_attributed_to_events as (
    select *
    from {{ ref('int_cost_attributed_to_events') }}
    where
        feature_id = '__unattributed__'
        and app_customer_id = '__unattributed__'
        and {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

int_line_items as (
    select * from {{ ref('int_line_items') }}
),

int_cost_rule_features as (
    select * from {{ ref('int_cost_rule_features') }}
),

-- A line that no event weighs belongs to the feature that a rule names; what a bill has beyond
-- the events belongs to nobody.
final as (
    select
        int_cost_line_verdicts.provider_cost_id,
        int_cost_line_verdicts.cost_date,
        int_cost_line_verdicts.provider,
        int_cost_line_verdicts.source_account,
        int_cost_line_verdicts.project_id,
        int_cost_line_verdicts.api_key_id,
        int_cost_line_verdicts.line_item,
        int_cost_line_verdicts.model_id,
        int_cost_line_verdicts.cost_kind,
        int_cost_line_verdicts.basis,
        case
            when int_cost_line_verdicts.status = 'billed_no_events'
                then coalesce(int_cost_rule_features.feature_id, '__unattributed__')
            else '__unattributed__'
        end as feature_id,
        '__unattributed__' as app_customer_id,
        int_cost_line_verdicts.status,
        case
            when
                int_cost_line_verdicts.status = 'billed_no_events'
                and int_cost_rule_features.feature_id is not null
                then 'cost_rule'
            else 'none'
        end as method,
        cast(int_cost_line_verdicts.unattributed_nano as decimal(38, 0)) as cost_nano,
        cast(0 as decimal(38, 0)) as list_cost_nano
    from int_cost_line_verdicts
    inner join int_line_items
        on
            int_cost_line_verdicts.provider = int_line_items.provider
            and int_cost_line_verdicts.line_item = int_line_items.line_item
    left join int_cost_rule_features
        on
            int_cost_line_verdicts.provider = int_cost_rule_features.provider
            and coalesce(int_cost_line_verdicts.project_id, '')
            = int_cost_rule_features.project_id
            and coalesce(int_cost_line_verdicts.api_key_id, '')
            = int_cost_rule_features.api_key_id
            and coalesce(int_line_items.model, '') = int_cost_rule_features.model
            and int_cost_line_verdicts.model_id = int_cost_rule_features.model_id
    left join int_cost_attributed_to_events
        on
            int_cost_line_verdicts.provider_cost_id
            = int_cost_attributed_to_events.provider_cost_id
    where
        int_cost_attributed_to_events.provider_cost_id is null
        and (
            int_cost_line_verdicts.status = 'billed_no_events'
            or int_cost_line_verdicts.unattributed_nano <> 0
        )
)

select * from final

{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_cost_verdict_days_by_load',
    'loads_of': ['app_events', 'cost'],
    'after': 'int_cost_line_estimates',
    'switches': ['reconcile_tolerance'],
}) }}

with int_cost_weights as (
    select *
    from {{ ref('int_cost_weights') }}
    where
        level > 0
        and {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

int_cost_line_verdicts as (
    select *
    from {{ ref('int_cost_line_verdicts') }}
    where {{ in_touched_days('cost_date', ref('int_cost_verdict_days_by_load')) }}
),

verdicts as (
    select
        *,
        -- Names the line in few bytes where many rows are sorted by it.
        row_number() over (order by {{ in_byte_order('provider_cost_id') }}) as line_number,
        abs(billed_nano - unattributed_nano) as to_events_nano,
        case when billed_nano < 0 then -1 else 1 end as billed_sign
    from int_cost_line_verdicts
),

weight_totals as (
    select
        provider_cost_id,
        sum(weight_nano) as weight_total
    from int_cost_weights
    group by provider_cost_id
),

quotas as (
    select
        verdicts.line_number,
        verdicts.to_events_nano,
        int_cost_weights.feature_id,
        int_cost_weights.app_customer_id,
        int_cost_weights.level,
        int_cost_weights.is_estimate,
        int_cost_weights.weight_nano,
        weight_totals.weight_total,
        {{ floor_divide(
            'verdicts.to_events_nano * int_cost_weights.weight_nano', 'weight_totals.weight_total'
        ) }} as quota_nano
    from verdicts
    inner join int_cost_weights
        on
            verdicts.provider_cost_id = int_cost_weights.provider_cost_id
            and verdicts.cost_date = int_cost_weights.cost_date
    inner join weight_totals
        on verdicts.provider_cost_id = weight_totals.provider_cost_id
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

final as (
    select
        verdicts.provider_cost_id,
        verdicts.cost_date,
        verdicts.provider,
        verdicts.source_account,
        verdicts.project_id,
        verdicts.api_key_id,
        verdicts.line_item,
        verdicts.model_id,
        verdicts.basis,
        leftovers_ranked.feature_id,
        leftovers_ranked.app_customer_id,
        verdicts.status,
        concat(
            case leftovers_ranked.level
                when 1 then 'project_key_model_pool'
                when 2 then 'project_model_pool'
                when 3 then 'model_pool'
                when 4 then 'project_day'
                when 6 then 'project_all'
                when 7 then 'provider_all'
                when 8 then 'project_model'
                when 9 then 'model'
                else 'provider_day'
            end,
            case when verdicts.is_reconciled_with_neighbour then '_two_days' else '' end
        ) as method,
        -- What the events do not explain joins the row of events that are nobody's.
        verdicts.billed_sign * (
            leftovers_ranked.quota_nano
            + case
                when leftovers_ranked.leftover_rank <= leftovers_ranked.leftover_nano then 1
                else 0
            end
        )
        + case
            when
                leftovers_ranked.feature_id = '__unattributed__'
                and leftovers_ranked.app_customer_id = '__unattributed__'
                then verdicts.unattributed_nano
            else cast(0 as decimal(38, 0))
        end as cost_nano,
        case
            when leftovers_ranked.is_estimate then leftovers_ranked.weight_nano
            else cast(0 as decimal(38, 0))
        end as list_cost_nano
    from leftovers_ranked
    inner join verdicts
        on leftovers_ranked.line_number = verdicts.line_number
)

select * from final

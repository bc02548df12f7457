{{ config(materialized='table') }}

with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

int_cost_line_estimates as (
    select * from {{ ref('int_cost_line_estimates') }}
),

lines_estimated as (
    select
        fct_provider_costs.provider_cost_id,
        fct_provider_costs.cost_date,
        fct_provider_costs.provider,
        fct_provider_costs.source_account,
        fct_provider_costs.project_id,
        fct_provider_costs.api_key_id,
        fct_provider_costs.line_item,
        fct_provider_costs.model_id,
        fct_provider_costs.cost_kind,
        fct_provider_costs.basis,
        {{ to_nano('fct_provider_costs.billed_usd') }} as billed_nano,
        int_cost_line_estimates.weight_nano is not null as has_events,
        coalesce(int_cost_line_estimates.is_estimate, false) as is_estimated,
        case
            when int_cost_line_estimates.is_estimate
                then int_cost_line_estimates.weight_nano
        end as estimated_nano
    from fct_provider_costs
    left join int_cost_line_estimates
        on fct_provider_costs.provider_cost_id = int_cost_line_estimates.provider_cost_id
    where fct_provider_costs.billed_usd is not null
),

errors_found as (
    select
        *,
        {{ reconcile_error('billed_nano', 'estimated_nano') }} as error_sign
    from lines_estimated
),

neighbours_seen as (
    select
        *,
        {{ neighbour_value('error_sign', 'lag') }} as error_before,
        {{ neighbour_value('error_sign', 'lead') }} as error_after,
        {{ neighbour_value('billed_nano', 'lag') }} as billed_before,
        {{ neighbour_value('billed_nano', 'lead') }} as billed_after,
        {{ neighbour_value('estimated_nano', 'lag') }} as estimated_before,
        {{ neighbour_value('estimated_nano', 'lead') }} as estimated_after
    from errors_found
),

-- A pair starts on a day whose error is opposite to the next day's and not to the day's before:
-- in a longer zigzag only the first two days are taken together. A day that is billed nothing (any
-- more) is nobody's partner: its bill did not come a day late, it went away.
pairs_started as (
    select
        *,
        coalesce(error_sign * error_after = -1, false)
        and not coalesce(error_sign * error_before = -1, false)
        and billed_nano > 0
        and coalesce(billed_after > 0, false) as starts_pair
    from neighbours_seen
),

pairs_found as (
    select
        *,
        coalesce({{ neighbour_value('starts_pair', 'lag') }}, false) as ends_pair
    from pairs_started
),

amounts_of_pairs as (
    select
        *,
        starts_pair or ends_pair as is_pair,
        billed_nano + case
            when starts_pair then billed_after
            when ends_pair then billed_before
            else cast(0 as decimal(38, 0))
        end as judged_billed_nano,
        estimated_nano + case
            when starts_pair then estimated_after
            when ends_pair then estimated_before
            else cast(0 as decimal(38, 0))
        end as judged_estimated_nano
    from pairs_found
),

judged as (
    select
        *,
        {{ reconcile_error('judged_billed_nano', 'judged_estimated_nano') }} as judged_error
    from amounts_of_pairs
),

final as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        cost_kind,
        basis,
        billed_nano,
        estimated_nano,
        is_pair as is_reconciled_with_neighbour,
        case
            when not has_events then 'billed_no_events'
            when not is_estimated and abs(billed_nano) >= {{ most_shared_nano() }}
                then 'billed_exceeds_events'
            when not is_estimated or judged_error = 0 then 'reconciled'
            when judged_error = 1 then 'billed_exceeds_events'
            else 'scaled_down'
        end as status,
        -- What the events explain neither on this day nor on its neighbour.
        case
            when not has_events then billed_nano
            when not is_estimated and abs(billed_nano) >= {{ most_shared_nano() }}
                then billed_nano
            when is_estimated and judged_error = 1 and error_sign = 1
                then judged_billed_nano - judged_estimated_nano
            else cast(0 as decimal(38, 0))
        end as unattributed_nano
    from judged
)

select * from final

with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_bill_controls_by_day as (
    select * from {{ ref('fct_bill_controls_by_day') }}
),

fct_other_costs as (
    select * from {{ ref('fct_other_costs') }}
),

kinds_billed as (
    select distinct
        {{ month_of('cost_date') }} as month,
        cost_kind
    from fct_provider_costs
    where cost_kind <> 'llm'
),

reasons as (
    -- the day's lines are not what the provider says when asked for the day's total
    select
        'bill_day' as subject_type,
        concat(source_account, '|', cast(cost_date as {{ dbt.type_string() }})) as subject_id,
        'differs_from_control_total' as reason,
        difference_usd as amount,
        'usd' as currency,
        cost_date as first_seen_on
    from fct_bill_controls_by_day
    where not is_tied
    union all
    -- no discount is so deep, no surcharge so high: an amount was read in another unit, or is missing
    select
        'bill_day' as subject_type,
        concat(source_account, '|', cast(cost_date as {{ dbt.type_string() }})) as subject_id,
        'billed_far_from_usage' as reason,
        billed_for_tokens_usd as amount,
        'usd' as currency,
        cost_date as first_seen_on
    from fct_bill_controls_by_day
    where
        is_final
        and reported_list_usd >= 0.1
        and (billed_to_reported_ratio > 20 or billed_to_reported_ratio < 0.05)
    union all
    -- counted as other cost, since neither seeds/cost_kinds.csv nor the vendor says what it is
    select
        'service' as subject_type,
        concat(provider, '|', coalesce(service, line_item)) as subject_id,
        'unknown_kind_of_cost' as reason,
        sum(billed_usd) as amount,
        'usd' as currency,
        min(cost_date) as first_seen_on
    from fct_provider_costs
    where not is_kind_known
    group by
        provider,
        coalesce(service, line_item)
    union all
    -- left out of the profit, since a loaded bill says what this kind of cost came to
    select
        'seed_row' as subject_type,
        concat(
            'infrastructure_costs|', cast(fct_other_costs.month as {{ dbt.type_string() }}), '|',
            fct_other_costs.service, '|', fct_other_costs.category
        ) as subject_id,
        'seeded_and_billed' as reason,
        fct_other_costs.amount_usd as amount,
        'usd' as currency,
        fct_other_costs.month as first_seen_on
    from fct_other_costs
    inner join kinds_billed
        on
            {{ month_of('fct_other_costs.month') }} = kinds_billed.month
            and fct_other_costs.category = kinds_billed.cost_kind
),

final as (
    select
        'cost' as area,
        subject_type,
        subject_id,
        reason,
        cast(amount as decimal(38, 9)) as amount,
        case when amount is not null then currency end as currency,
        cast(first_seen_on as {{ timestamp_type() }}) as first_seen_at
    from reasons
)

select * from final

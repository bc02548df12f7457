{{ config(meta={'publish': false}) }}

with fct_cost_by_line_day as (
    select * from {{ ref('fct_cost_by_line_day') }}
),

final as (
    select
        cost_date,
        provider,
        model_id,
        cast(sum(
            case
                when feature_id = '__unattributed__' or line_item = '__no_bill__' then 0
                else cost_usd
            end
        ) as decimal(38, 9)) as attributed_cost_usd,
        cast(sum(case when line_item = '__no_bill__' then cost_usd else 0 end) as decimal(38, 9))
            as unbilled_cost_usd,
        cast(sum(case when status = 'provisional' then cost_usd else 0 end) as decimal(38, 9))
            as provisional_cost_usd,
        cast({{ estimated_part() }} as decimal(38, 9)) as estimated_cost_usd
    from fct_cost_by_line_day
    where cost_kind = 'llm'
    group by
        cost_date,
        provider,
        model_id
)

select * from final

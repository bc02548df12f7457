with budgets as (
    select * from {{ ref('budgets') }}
),

named as (
    select
        {{ seeded_provider('provider') }} as provider,
        nullif(trim(feature_id), '') as feature_id,
        {{ month_of('month') }} as valid_from,
        case when amount_usd > 0 then amount_usd end as amount_usd,
        note
    from budgets
    where month is not null
),

identified as (
    select
        *,
        case
            when provider is null and feature_id is null then 'all'
            when feature_id is null then concat('provider ', provider)
            when provider is null then concat('feature ', feature_id)
            else concat('provider ', provider, ', feature ', feature_id)
        end as budget_id
    from named
),

-- A budget that is given more than once is the lowest one, and says so.
ranked as (
    select
        *,
        row_number() over (
            partition by budget_id, valid_from
            order by case when amount_usd is null then 1 else 0 end, amount_usd, note
        ) as place,
        count(*) over (partition by budget_id, valid_from) as times_given
    from identified
),

final as (
    select
        budget_id,
        provider,
        feature_id,
        valid_from,
        lead(valid_from) over (partition by budget_id order by valid_from) as valid_to,
        cast(amount_usd as decimal(38, 9)) as amount_usd,
        note,
        cast(times_given as bigint) as times_given
    from ranked
    where place = 1
)

select * from final

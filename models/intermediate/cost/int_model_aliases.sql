{{ config(materialized='view') }}

with model_aliases as (
    select * from {{ ref('model_aliases') }}
),

-- Clouds bill `Claude 4.5 Sonnet`, which is no model of a date, and calls name that of one.
patterns_undated as (
    select
        provider,
        regexp_replace(pattern, '-20[0-9][0-9][01][0-9][0-3][0-9].*$', '') as pattern,
        model_id,
        priority
    from model_aliases
),

final as (
    select
        provider,
        pattern,
        model_id,
        priority,
        0 as later
    from model_aliases
    union all
    select
        patterns_undated.provider,
        patterns_undated.pattern,
        patterns_undated.model_id,
        patterns_undated.priority,
        10 as later
    from patterns_undated
    left join model_aliases
        on
            patterns_undated.provider = model_aliases.provider
            and patterns_undated.pattern = model_aliases.pattern
    where model_aliases.pattern is null
)

select * from final

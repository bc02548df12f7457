{{ config(materialized='table') }}

with int_line_items as (
    select * from {{ ref('int_line_items') }}
),

int_provider_usage as (
    select * from {{ ref('int_provider_usage') }}
),

int_llm_names_by_day as (
    select * from {{ ref('int_llm_names_by_day') }}
),

model_aliases as (
    select * from {{ ref('model_aliases') }}
),

names_seen as (
    select
        provider,
        model
    from int_line_items
    where model is not null
    union distinct
    select
        provider,
        model
    from int_provider_usage
    where model is not null
    union distinct
    select
        provider,
        model
    from int_llm_names_by_day
),

aliases_ranked as (
    select
        names_seen.provider,
        names_seen.model,
        model_aliases.model_id,
        row_number() over (
            partition by names_seen.provider, names_seen.model
            order by
                model_aliases.priority desc,
                length(model_aliases.pattern) desc,
                {{ in_byte_order('model_aliases.pattern') }} asc
        ) as preference
    from names_seen
    inner join model_aliases
        on
            names_seen.provider = model_aliases.provider
            and {{ matches_glob('names_seen.model', 'model_aliases.pattern') }}
),

final as (
    select
        names_seen.provider,
        names_seen.model,
        coalesce(aliases_ranked.model_id, names_seen.model) as model_id
    from names_seen
    left join aliases_ranked
        on
            names_seen.provider = aliases_ranked.provider
            and names_seen.model = aliases_ranked.model
            and aliases_ranked.preference = 1
)

select * from final

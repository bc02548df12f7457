{{ config(materialized='table') }}

with int_names_seen as (
    select * from {{ ref('int_names_seen') }}
),

int_model_prices as (
    select * from {{ ref('int_model_prices') }}
),

model_aliases as (
    select * from {{ ref('int_model_aliases') }}
),

-- A name as it is, without what gateways and clouds put around it, without its date (MMDD at Azure).
names_undressed as (
    select
        *,
        {{ without_cloud_parts('tidy_name') }} as model_alone
    from int_names_seen
),

candidates as (
    select
        called_provider,
        model,
        model_provider,
        tidy_name as candidate,
        1 as place
    from names_undressed
    union all
    select
        called_provider,
        model,
        model_provider,
        substr(tidy_name, position('/' in tidy_name) + 1) as candidate,
        2 as place
    from names_undressed
    where position('/' in tidy_name) > 0
    union all
    select
        called_provider,
        model,
        model_provider,
        model_alone as candidate,
        3 as place
    from names_undressed
    union all
    select
        called_provider,
        model,
        model_provider,
        {{ without_date('model_alone') }} as candidate,
        4 as place
    from names_undressed
    union all
    select
        called_provider,
        model,
        model_provider,
        regexp_replace(model_alone, '-[01][0-9][0-3][0-9]$', '') as candidate,
        5 as place
    from names_undressed
    where model_provider = 'azure'
),

candidates_once as (
    select
        called_provider,
        model,
        model_provider,
        candidate,
        min(place) as place
    from candidates
    where candidate <> ''
    group by
        called_provider,
        model,
        model_provider,
        candidate
),

-- The model of the price list that is called so is meant before any pattern.
models_priced as (
    select distinct
        provider,
        model_id
    from int_model_prices
),

matches as (
    select
        candidates_once.called_provider,
        candidates_once.model,
        candidates_once.place,
        models_priced.model_id,
        models_priced.model_id as pattern,
        1 as is_name,
        0 as priority
    from candidates_once
    inner join models_priced
        on
            candidates_once.model_provider = models_priced.provider
            and candidates_once.candidate = lower(models_priced.model_id)
    union all
    select
        candidates_once.called_provider,
        candidates_once.model,
        candidates_once.place + model_aliases.later as place,
        model_aliases.model_id,
        model_aliases.pattern,
        0 as is_name,
        model_aliases.priority
    from candidates_once
    inner join model_aliases
        on
            candidates_once.model_provider = {{ seeded_provider('model_aliases.provider') }}
            and {{ matches_glob('candidates_once.candidate', 'model_aliases.pattern') }}
),

matches_ranked as (
    select
        *,
        row_number() over (
            partition by called_provider, model
            order by
                place,
                is_name desc,
                priority desc,
                length(pattern) desc,
                {{ in_byte_order('pattern') }} asc
        ) as preference
    from matches
),

final as (
    select
        int_names_seen.called_provider,
        int_names_seen.model,
        int_names_seen.model_provider,
        coalesce(matches_ranked.model_id, nullif(trim(int_names_seen.model), '')) as model_id
    from int_names_seen
    left join matches_ranked
        on
            int_names_seen.called_provider = matches_ranked.called_provider
            and int_names_seen.model = matches_ranked.model
            and matches_ranked.preference = 1
)

select * from final

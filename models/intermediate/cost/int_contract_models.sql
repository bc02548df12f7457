with llm_price_overrides as (
    select * from {{ ref('llm_price_overrides') }}
),

llm_prices as (
    select * from {{ ref('llm_prices') }}
),

int_provider_aliases as (
    select * from {{ ref('int_provider_aliases') }}
),

models_listed as (
    select distinct
        {{ seeded_provider('provider') }} as provider,
        model_id
    from llm_prices
),

providers_listed as (
    select distinct provider from models_listed
),

names_written as (
    select distinct
        llm_price_overrides.provider as written_provider,
        llm_price_overrides.model_id as written_model,
        coalesce(
            providers_listed.provider,
            int_provider_aliases.provider,
            {{ seeded_provider('llm_price_overrides.provider') }}
        ) as provider,
        lower(trim(llm_price_overrides.model_id)) as tidy_name
    from llm_price_overrides
    left join providers_listed
        on {{ seeded_provider('llm_price_overrides.provider') }} = providers_listed.provider
    left join int_provider_aliases
        on {{ seeded_provider('llm_price_overrides.provider') }} = int_provider_aliases.word
),

candidates as (
    select
        *,
        tidy_name as candidate,
        1 as place
    from names_written
    union all
    select
        *,
        {{ without_date(without_cloud_parts('tidy_name')) }} as candidate,
        2 as place
    from names_written
),

matches_ranked as (
    select
        candidates.written_provider,
        candidates.written_model,
        models_listed.model_id,
        row_number() over (
            partition by candidates.written_provider, candidates.written_model
            order by candidates.place, {{ in_byte_order('models_listed.model_id') }} asc
        ) as preference
    from candidates
    inner join models_listed
        on
            candidates.provider = models_listed.provider
            and candidates.candidate = lower(models_listed.model_id)
),

-- A contract names a model as people do, in other letters or with a date. Patterns of aliases are no
-- matter: what the list lacks may be a new model, whose price is no other's.
final as (
    select
        names_written.written_provider,
        names_written.written_model,
        names_written.provider,
        coalesce(matches_ranked.model_id, trim(names_written.written_model)) as model_id
    from names_written
    left join matches_ranked
        on
            names_written.written_provider = matches_ranked.written_provider
            and names_written.written_model = matches_ranked.written_model
            and matches_ranked.preference = 1
)

select * from final

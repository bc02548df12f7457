with int_llm_names_by_day as (
    select * from {{ ref('int_llm_names_by_day') }}
),

llm_prices as (
    select * from {{ ref('llm_prices') }}
),

int_provider_aliases as (
    select * from {{ ref('int_provider_aliases') }}
),

names_split as (
    select
        cost_date,
        called_provider,
        lower(trim(model)) as model,
        case
            when position('/' in model) > 0
                then lower(trim({{ dbt.split_part('model', "'/'", 1) }}))
        end as prefix
    from int_llm_names_by_day
),

-- `openai/gpt-4o` of a gateway is OpenAI's gpt-4o, whoever is called for it.
models_named as (
    select
        cost_date,
        called_provider as word,
        {{ without_date('model') }} as model
    from names_split
    where prefix is null
    union distinct
    select
        cost_date,
        prefix as word,
        {{ without_date("substr(model, position('/' in model) + 1)") }} as model
    from names_split
    where prefix is not null
),

models_priced as (
    select distinct
        provider,
        {{ without_date('lower(model_id)') }} as model
    from llm_prices
),

final as (
    select distinct
        models_named.cost_date,
        models_priced.provider,
        models_priced.model
    from models_named
    left join int_provider_aliases
        on models_named.word = int_provider_aliases.word
    inner join models_priced
        on
            coalesce(
                int_provider_aliases.provider,
                nullif(models_named.word, ''),
                '{{ var('default_provider') }}'
            ) = models_priced.provider
            and models_named.model = models_priced.model
)

select * from final

with int_line_items as (
    select * from {{ ref('int_line_items') }}
),

int_provider_usage as (
    select * from {{ ref('int_provider_usage') }}
),

int_llm_names_by_day as (
    select * from {{ ref('int_llm_names_by_day') }}
),

int_provider_aliases as (
    select * from {{ ref('int_provider_aliases') }}
),

int_model_prices as (
    select * from {{ ref('int_model_prices') }}
),

names_of_vendors as (
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
),

names_seen as (
    select
        provider as called_provider,
        model
    from names_of_vendors
    union distinct
    select
        called_provider,
        model
    from int_llm_names_by_day
),

-- Who makes models and hosts none of others (the default provider) is asked for none of theirs: the
-- first word of a model's name says whose it is, as a gateway's prefix does.
names_split as (
    select
        *,
        lower(trim(model)) as tidy_name,
        case
            when position('/' in model) > 0
                then lower(trim({{ dbt.split_part('model', "'/'", 1) }}))
            when
                called_provider = ''
                and '{{ var('default_provider') }}'
                not in ('aws', 'azure', 'gcp', 'google', 'openrouter')
                then lower(trim({{ dbt.split_part('model', "'-'", 1) }}))
        end as model_prefix
    from names_seen
),

-- Those that bill models or have prices are called by their own name. A report of usage is no bill:
-- who loads a gateway's keeps the providers behind it.
providers_known as (
    select provider
    from int_line_items
    where model is not null
    union distinct
    select provider from int_model_prices
    union distinct
    select provider from int_provider_aliases
),

words_for_providers as (
    select
        provider as word,
        provider
    from providers_known
    union all
    select
        int_provider_aliases.word,
        int_provider_aliases.provider
    from int_provider_aliases
    left join providers_known
        on int_provider_aliases.word = providers_known.provider
    where providers_known.provider is null
),

-- A provider that nobody knows is a gateway, if the model's name says whose model it is.
final as (
    select
        names_split.called_provider,
        names_split.model,
        names_split.tidy_name,
        coalesce(
            called_words.provider,
            prefix_words.provider,
            nullif(names_split.called_provider, ''),
            case when {{ is_named_by_cloud('names_split.tidy_name') }} then 'aws' end,
            '{{ var('default_provider') }}'
        ) as model_provider
    from names_split
    left join words_for_providers as called_words
        on names_split.called_provider = called_words.word
    left join words_for_providers as prefix_words
        on names_split.model_prefix = prefix_words.word
)

select * from final

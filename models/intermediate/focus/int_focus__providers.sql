with stg_focus__charge_days as (
    select * from {{ ref('stg_focus__charge_days') }}
),

provider_aliases as (
    select * from {{ ref('provider_aliases') }}
),

names_seen as (
    select distinct
        provider_name,
        {{ focus_provider('provider_name') }} as short_name
    from stg_focus__charge_days
),

words as (
    select
        lower(trim(alias)) as word,
        min({{ seeded_provider('provider') }}) as provider
    from provider_aliases
    group by lower(trim(alias))
),

-- A bill's name for a provider is a spelling like any other: calls and bills meet under one.
final as (
    select
        names_seen.provider_name,
        coalesce(words.provider, names_seen.short_name) as provider
    from names_seen
    left join words
        on names_seen.short_name = words.word
)

select * from final

with stg_focus__charge_days as (
    select * from {{ ref('stg_focus__charge_days') }}
),

int_provider_aliases as (
    select * from {{ ref('int_provider_aliases') }}
),

names_seen as (
    select distinct
        provider_name,
        {{ focus_provider('provider_name') }} as short_name
    from stg_focus__charge_days
),

-- A bill's name for a provider is a spelling like any other: calls and bills meet under one.
final as (
    select
        names_seen.provider_name,
        coalesce(int_provider_aliases.provider, names_seen.short_name) as provider
    from names_seen
    left join int_provider_aliases
        on names_seen.short_name = int_provider_aliases.word
)

select * from final

with provider_aliases as (
    select * from {{ ref('provider_aliases') }}
),

-- A spelling written twice, in other letters or with blanks, is one spelling: no call counts twice.
final as (
    select
        lower(trim(alias)) as word,
        min({{ seeded_provider('provider') }}) as provider
    from provider_aliases
    where trim(alias) <> ''
    group by lower(trim(alias))
)

select * from final

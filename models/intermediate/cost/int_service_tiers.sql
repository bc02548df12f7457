with int_model_names as (
    select * from {{ ref('int_model_names') }}
),

service_tier_aliases as (
    select * from {{ ref('service_tier_aliases') }}
),

providers_called as (
    select distinct model_provider as provider
    from int_model_names
),

aliases_ranked as (
    select
        providers_called.provider,
        lower(service_tier_aliases.alias) as alias,
        service_tier_aliases.service_tier,
        row_number() over (
            partition by providers_called.provider, lower(service_tier_aliases.alias)
            order by
                case when service_tier_aliases.provider is null then 1 else 0 end,
                {{ in_byte_order('service_tier_aliases.service_tier') }} asc
        ) as preference
    from providers_called
    inner join service_tier_aliases
        on providers_called.provider = coalesce(
            {{ seeded_provider('service_tier_aliases.provider') }}, providers_called.provider
        )
),

final as (
    select
        provider,
        alias,
        service_tier
    from aliases_ranked
    where preference = 1
)

select * from final

with int_bill_lines as (
    select * from {{ ref('int_bill_lines') }}
),

cost_kinds as (
    select * from {{ ref('cost_kinds') }}
),

services_billed as (
    select distinct
        provider,
        coalesce(service, line_item) as service
    from int_bill_lines
    union distinct
    -- for a line whose parts are of several services
    select distinct
        provider,
        line_item as service
    from int_bill_lines
),

rules_ranked as (
    select
        services_billed.provider,
        services_billed.service,
        lower(cost_kinds.cost_kind) as cost_kind,
        row_number() over (
            partition by services_billed.provider, services_billed.service
            order by
                cost_kinds.priority desc,
                length(cost_kinds.service_pattern) desc,
                -- then the rule that says more of the provider
                length(cost_kinds.provider) desc,
                {{ in_byte_order('cost_kinds.service_pattern') }},
                cost_kinds.cost_kind
        ) as preference
    from services_billed
    inner join cost_kinds
        on
            {{ matches_glob('services_billed.provider', seeded_provider('cost_kinds.provider')) }}
            and {{ matches_glob('services_billed.service', 'cost_kinds.service_pattern') }}
),

final as (
    select
        provider,
        service,
        cost_kind
    from rules_ranked
    where preference = 1
)

select * from final

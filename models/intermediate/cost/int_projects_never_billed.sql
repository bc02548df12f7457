with int_provider_projects as (
    select * from {{ ref('int_provider_projects') }}
),

int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

accounts_billed as (
    select distinct
        provider,
        source_account
    from int_cost_statements
),

final as (
    select
        int_provider_projects.provider,
        int_provider_projects.project_id
    from int_provider_projects
    left join accounts_billed
        on
            int_provider_projects.provider = accounts_billed.provider
            and int_provider_projects.source_account = accounts_billed.source_account
    where int_provider_projects.project_id is not null
    group by
        int_provider_projects.provider,
        int_provider_projects.project_id
    having count(accounts_billed.source_account) = 0
)

select * from final

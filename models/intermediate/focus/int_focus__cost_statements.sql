with stg_focus__charge_days as (
    select * from {{ ref('stg_focus__charge_days') }}
),

int_focus__providers as (
    select * from {{ ref('int_focus__providers') }}
),

int_focus__charges as (
    select * from {{ ref('int_focus__charges') }}
),

days_named as (
    select
        stg_focus__charge_days.*,
        int_focus__providers.provider as billing_provider,
        case
            when stg_focus__charge_days.delivery = '' then ''
            else concat(
                '/', {{ dbt.split_part('stg_focus__charge_days.delivery', "'|'", 1) }}
            )
        end as export_name
    from stg_focus__charge_days
    inner join int_focus__providers
        on stg_focus__charge_days.provider_name = int_focus__providers.provider_name
),

scopes_with_models as (
    select distinct
        days_named.source_account,
        days_named.scope
    from days_named
    inner join int_focus__charges
        on
            days_named.source_account = int_focus__charges.source_account
            and days_named.statement_id = int_focus__charges.day_statement_id
    where int_focus__charges.provider <> days_named.billing_provider
),

-- A period of a cloud that bills models for their maker says of each of its days what these cost.
statements as (
    select
        billing_provider as provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number,
        export_name
    from days_named
    union all
    select
        'google' as provider,
        days_named.source_account,
        concat(days_named.statement_id, ':models') as statement_id,
        concat(days_named.scope, ':models') as scope,
        days_named.cost_date,
        days_named.stated_at,
        days_named.load_id,
        days_named.statement_number,
        days_named.export_name
    from days_named
    inner join scopes_with_models
        on
            days_named.source_account = scopes_with_models.source_account
            and days_named.scope = scopes_with_models.scope
),

final as (
    select
        provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number,
        2 as bill_rank,
        export_name
    from statements
)

select * from final

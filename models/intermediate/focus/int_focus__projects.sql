with stg_focus__charges as (
    select * from {{ ref('stg_focus__charges') }}
),

stg_focus__charge_days as (
    select * from {{ ref('stg_focus__charge_days') }}
),

int_focus__providers as (
    select * from {{ ref('int_focus__providers') }}
),

names_ranked as (
    select
        int_focus__providers.provider,
        stg_focus__charges.source_account,
        stg_focus__charges.sub_account_id,
        stg_focus__charges.sub_account_name,
        row_number() over (
            partition by
                stg_focus__charges.source_account,
                stg_focus__charges.sub_account_id
            order by
                stg_focus__charge_days.load_id desc,
                stg_focus__charge_days.cost_date desc,
                {{ in_byte_order('stg_focus__charges.sub_account_name') }} asc
        ) as place
    from stg_focus__charges
    inner join stg_focus__charge_days
        on
            stg_focus__charges.source_account = stg_focus__charge_days.source_account
            and stg_focus__charges.statement_id = stg_focus__charge_days.statement_id
    inner join int_focus__providers
        on stg_focus__charges.provider_name = int_focus__providers.provider_name
    where
        stg_focus__charges.sub_account_id is not null
        and stg_focus__charges.sub_account_name is not null
),

final as (
    select
        provider,
        source_account,
        sub_account_id as project_id,
        sub_account_name as project_name,
        false as is_archived,
        false as is_deleted
    from names_ranked
    where place = 1
)

select * from final

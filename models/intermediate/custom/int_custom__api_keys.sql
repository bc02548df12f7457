with stg_custom__rows as (
    select * from {{ ref('stg_custom__rows') }}
),

stg_custom__days as (
    select * from {{ ref('stg_custom__days') }}
),

names_ranked as (
    select
        stg_custom__rows.provider,
        stg_custom__rows.source_account,
        stg_custom__rows.api_key_id,
        stg_custom__rows.project_id,
        stg_custom__rows.api_key_name,
        row_number() over (
            partition by
                stg_custom__rows.source_account,
                stg_custom__rows.api_key_id
            order by
                stg_custom__days.load_id desc,
                stg_custom__days.day desc,
                {{ in_byte_order('stg_custom__rows.api_key_name') }} asc
        ) as place
    from stg_custom__rows
    inner join stg_custom__days
        on
            stg_custom__rows.source_account = stg_custom__days.source_account
            and stg_custom__rows.statement_id = stg_custom__days.statement_id
    where
        stg_custom__rows.api_key_id is not null
        and stg_custom__rows.api_key_name is not null
),

final as (
    select
        provider,
        source_account,
        api_key_id,
        project_id,
        api_key_name,
        false as is_deleted
    from names_ranked
    where place = 1
)

select * from final

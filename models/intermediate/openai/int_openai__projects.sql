with stg_openai__projects as (
    select * from {{ ref('stg_openai__projects') }}
),

stg_openai__cost_statements as (
    select * from {{ ref('stg_openai__cost_statements') }}
),

stg_openai__cost_statement_lines as (
    select * from {{ ref('stg_openai__cost_statement_lines') }}
),

-- Who loads export files alone has no list of projects; the files say their names.
names_in_files as (
    select
        lines.source_account,
        lines.project_id,
        lines.project_name,
        row_number() over (
            partition by lines.source_account, lines.project_id
            order by
                statements.load_id desc,
                statements.cost_date desc,
                {{ in_byte_order('lines.project_name') }} asc
        ) as place
    from stg_openai__cost_statement_lines as lines
    inner join stg_openai__cost_statements as statements
        on
            lines.source_account = statements.source_account
            and lines.statement_id = statements.statement_id
    left join stg_openai__projects
        on
            lines.source_account = stg_openai__projects.source_account
            and lines.project_id = stg_openai__projects.project_id
    where
        lines.project_id is not null
        and lines.project_name is not null
        and stg_openai__projects.project_id is null
),

final as (
    select
        'openai' as provider,
        source_account,
        project_id,
        project_name,
        created_at,
        archived_at,
        archived_at is not null or coalesce(status, '') = 'archived' as is_archived,
        is_deleted
    from stg_openai__projects
    union all
    select
        'openai' as provider,
        source_account,
        project_id,
        project_name,
        cast(null as {{ timestamp_type() }}) as created_at,
        cast(null as {{ timestamp_type() }}) as archived_at,
        false as is_archived,
        false as is_deleted
    from names_in_files
    where place = 1
)

select * from final

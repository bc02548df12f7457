with stg_datadog__cost_statement_lines as (
    select * from {{ ref('stg_datadog__cost_statement_lines') }}
),

stg_datadog__cost_statements as (
    select * from {{ ref('stg_datadog__cost_statements') }}
),

names_ranked as (
    select
        lines.source_account,
        lines.org_id,
        lines.org_name,
        row_number() over (
            partition by
                lines.source_account,
                lines.org_id
            order by
                statements.load_id desc,
                statements.cost_date desc,
                {{ in_byte_order('lines.org_name') }} asc
        ) as place
    from stg_datadog__cost_statement_lines as lines
    inner join stg_datadog__cost_statements as statements
        on
            lines.source_account = statements.source_account
            and lines.statement_id = statements.statement_id
    where
        lines.org_id is not null
        and lines.org_name is not null
),

final as (
    select
        'datadog' as provider,
        source_account,
        org_id as project_id,
        org_name as project_name,
        false as is_archived,
        false as is_deleted
    from names_ranked
    where place = 1
)

select * from final

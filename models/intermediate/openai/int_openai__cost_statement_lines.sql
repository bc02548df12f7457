with stg_openai__cost_statement_lines as (
    select * from {{ ref('stg_openai__cost_statement_lines') }}
),

int_openai__exports_given_way as (
    select * from {{ ref('int_openai__exports_given_way') }}
),

-- A statement that gives way stays, so that its day is known to have changed; its lines do not.
final as (
    select
        'openai' as provider,
        lines.source_account,
        lines.statement_id,
        lines.line_number,
        lines.project_id,
        lines.api_key_id,
        lines.line_item,
        lines.amount,
        lines.currency,
        lines.quantity,
        lines.quantity_unit as unit
    from stg_openai__cost_statement_lines as lines
    left join int_openai__exports_given_way as given_way
        on
            lines.source_account = given_way.source_account
            and lines.statement_id = given_way.statement_id
    where given_way.statement_id is null
)

select * from final

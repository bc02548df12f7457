with stg_openai__cost_statement_lines as (
    select * from {{ ref('stg_openai__cost_statement_lines') }}
),

final as (
    select
        'openai' as provider,
        source_account,
        statement_id,
        line_number,
        project_id,
        api_key_id,
        line_item,
        amount,
        currency,
        quantity,
        quantity_unit as unit
    from stg_openai__cost_statement_lines
)

select * from final

with cost_row_versions as (
    {{ children_of_all('aws', 'cost_rows', 'cost_days') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        _position as line_number,

        -- what is billed
        service as service_name,
        usage_type,
        llm_model,
        llm_token_kind,

        -- facts
        amount,
        lower(currency) as currency,
        quantity,
        unit
    from cost_row_versions
)

select * from final

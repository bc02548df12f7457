with cost_row_versions as (
    {{ children_of_all('anthropic', 'cost_rows', 'cost_days') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        _position as line_number,
        workspace_id,
        api_key_id,

        -- what is billed
        model,
        lower(cost_type) as cost_type,
        lower(token_type) as token_type,
        description,
        lower(service_tier) as service_tier,
        context_window,
        lower(inference_geo) as inference_geo,
        lower(speed) as speed,

        -- facts
        amount,
        list_amount,
        lower(currency) as currency
    from cost_row_versions
)

select * from final

with cost_result_versions as (
    {{ children_of_all('openai', 'cost_results', 'cost_buckets') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        _position as line_number,
        project_id,
        api_key_id,
        user_id,
        line_item,

        -- facts
        project_name,
        amount__value as amount,
        lower(amount__currency) as currency,
        quantity,
        quantity_unit
    from cost_result_versions
)

select * from final

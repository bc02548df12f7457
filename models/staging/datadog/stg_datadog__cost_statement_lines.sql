with cost_row_versions as (
    {{ children_of_all('datadog', 'cost_rows', 'cost_days') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        _position as line_number,
        org_id,
        org_name,
        account_id,

        -- what is billed
        product_name,
        charge_type,
        region,

        -- facts
        amount,
        lower(currency) as currency
    from cost_row_versions
)

select * from final

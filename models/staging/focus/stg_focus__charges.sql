with charges as (
    {{ trusted_rows('focus', 'charges') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        _position as line_number,

        -- who bills and who pays
        provider_name,
        publisher_name,
        billing_account_id,
        sub_account_id,
        sub_account_name,
        api_key_id,
        invoice_id,

        -- what is billed
        service_category,
        service_name,
        usage_type,
        region,
        charge_category,
        charge_class,
        llm_model,
        llm_token_kind,
        stated_line_item,
        stated_cost_kind,
        stated_basis,

        -- facts
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        quantity,
        unit,
        charges
    from charges
)

select * from final

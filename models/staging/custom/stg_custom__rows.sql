with custom_rows as (
    {{ trusted_rows('custom', 'custom_rows') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        _position as line_number,

        -- what it is of
        provider,
        billing_account_id,
        project_id,
        project_name,
        api_key_id,
        api_key_name,
        service,
        endpoint,
        line_item,
        model,
        token_type,
        service_tier,
        region,
        charge_category,

        -- facts
        amount,
        list_amount,
        currency,
        quantity,
        unit,
        requests,
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        output_tokens,
        basis,
        is_final
    from custom_rows
)

select * from final

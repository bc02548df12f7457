with plans as (
    {{ newest_versions('braintree', 'plans') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', 'id') }} as list_price_id,
        name as product_name,
        description as product_description,
        lower(currency_iso_code) as currency,
        billing_frequency as billing_interval_count,
        created_at
    from plans
)

select * from final

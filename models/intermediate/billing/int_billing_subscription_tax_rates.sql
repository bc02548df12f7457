with all_vendors as (
    {{ union_of_vendors('subscription_tax_rates') }}
),

final as (
    select
        billing_provider,
        source_account,
        subscription_version_id,
        subscription_id,
        subscription_item_id,
        rate_position,
        tax_rate_id,
        tax_percentage,
        is_inclusive
    from all_vendors
)

select * from final

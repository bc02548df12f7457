with stripe_tax_rates as (
    select * from {{ ref('stg_stripe__subscription_tax_rates') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        subscription_id,
        subscription_item_id,
        rate_position,
        tax_rate_id,
        tax_percentage,
        is_inclusive
    from stripe_tax_rates
)

select * from final

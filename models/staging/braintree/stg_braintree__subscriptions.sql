with subscriptions as (
    {{ newest_versions('braintree', 'subscriptions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', 'id') }} as subscription_id,
        status,
        {{ account_key('braintree', 'plan_id') }} as list_price_id,
        price as plan_price,
        coalesce(trial_period, false) as has_trial,
        created_at,
        first_billing_at,
        period_start_at,
        period_end_at,
        _observed_at as observed_at
    from subscriptions
)

select * from final

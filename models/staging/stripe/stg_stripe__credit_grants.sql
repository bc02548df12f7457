with credit_grants as (
    {{ newest_versions('stripe', 'credit_grants') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        -- keys
        credit_grants.source_account,
        credit_grants.id as credit_grant_id,
        credit_grants.customer as customer_id,
        -- facts
        credit_grants.name as credit_grant_name,
        credit_grants.category,
        credit_grants.amount__type as amount_type,
        lower(credit_grants.amount__monetary__currency) as currency,
        {{ to_major_units('credit_grants.amount__monetary__value', 'currency_exponents.exponent') }}
            as amount,
        credit_grants.livemode as is_livemode,
        -- times
        credit_grants.created as created_at,
        credit_grants.effective_at,
        credit_grants.expires_at,
        credit_grants.voided_at,
        credit_grants.updated as updated_at,
        credit_grants._observed_at as observed_at,
        credit_grants._deleted_at as deleted_at,
        credit_grants._deleted_at is not null as is_deleted
    from credit_grants
    left join currency_exponents
        on lower(credit_grants.amount__monetary__currency) = currency_exponents.currency
)

select * from final

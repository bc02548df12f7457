with credit_transactions as (
    {{ newest_versions('stripe', 'credit_balance_transactions') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

sides_merged as (
    select
        *,
        case when type = 'credit' then credit__type else debit__type end as _reason,
        lower(
            case
                when type = 'credit' then credit__amount__monetary__currency
                else debit__amount__monetary__currency
            end
        ) as _currency,
        case
            when type = 'credit' then credit__amount__monetary__value
            else -debit__amount__monetary__value
        end as _amount_minor
    from credit_transactions
),

final as (
    select
        -- keys
        sides_merged.source_account,
        sides_merged.id as credit_transaction_id,
        sides_merged.credit_grant as credit_grant_id,
        sides_merged.debit__credits_applied__invoice as invoice_id,
        sides_merged.debit__credits_applied__invoice_line_item as invoice_line_id,
        -- facts
        sides_merged.type as transaction_type,
        sides_merged._reason as transaction_reason,
        sides_merged._currency as currency,
        {{ to_major_units('sides_merged._amount_minor', 'currency_exponents.exponent') }}
            as amount,
        sides_merged.livemode as is_livemode,
        -- times
        sides_merged.created as created_at,
        sides_merged.effective_at,
        sides_merged._observed_at as observed_at,
        sides_merged._deleted_at as deleted_at,
        sides_merged._deleted_at is not null as is_deleted
    from sides_merged
    left join currency_exponents
        on sides_merged._currency = currency_exponents.currency
)

select * from final

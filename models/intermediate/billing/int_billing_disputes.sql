with all_vendors as (
    {{ union_of_vendors('disputes') }}
),

payments as (
    select * from {{ ref('int_billing_payments') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.dispute_id,
        all_vendors.payment_id,
        coalesce(all_vendors.invoice_id, payments.invoice_id) as invoice_id,
        payments.customer_id,
        -- facts
        all_vendors.dispute_status,
        all_vendors.reason,
        -- an inquiry or a prevented dispute moves no money
        all_vendors.is_chargeback,
        all_vendors.currency,
        all_vendors.amount,
        cast(
            coalesce(
                all_vendors.withdrawn_amount,
                case when all_vendors.is_chargeback then all_vendors.amount else 0 end
            ) as decimal(38, 9)
        ) as withdrawn_amount,
        cast(
            coalesce(
                all_vendors.reinstated_amount,
                case
                    when all_vendors.is_chargeback and all_vendors.won_at is not null
                        then all_vendors.amount
                    else 0
                end
            ) as decimal(38, 9)
        ) as reinstated_amount,
        all_vendors.fee_currency,
        all_vendors.fee_amount,
        -- times
        all_vendors.created_at,
        all_vendors.withdrawn_at,
        all_vendors.won_at,
        all_vendors.lost_at
    from all_vendors
    left join payments
        on all_vendors.payment_id = payments.payment_id
)

select * from final

with orders as (
    {{ newest_versions('polar', 'orders') }}
),

final as (
    select
        -- keys
        source_account,
        {{ account_key('polar', 'id') }} as invoice_id,
        invoice_number,
        {{ account_key('polar', 'customer_id') }} as customer_id,
        {{ account_key('polar', 'subscription_id') }} as subscription_id,
        {{ account_key('polar', 'product_id') }} as product_id,
        {{ account_key('polar', 'coalesce(discount_id, discount__id)') }} as coupon_id,
        -- facts
        status,
        billing_reason,
        lower(currency) as currency,
        seats,
        units,
        coalesce(product__recurring_interval, subscription__recurring_interval)
            as billing_interval,
        case
            when product__recurring_interval is not null
                then coalesce(product__recurring_interval_count, 1)
            else coalesce(subscription__recurring_interval_count, 1)
        end as billing_interval_count,
        -- money
        coalesce(subtotal_amount, 0) as subtotal_minor,
        coalesce(discount_amount, 0) as discount_minor,
        coalesce(tax_amount, 0) as tax_minor,
        total_amount as total_minor,
        coalesce(due_amount, total_amount) as due_minor,
        -- where the total has no tax beside what is left of the prices, it is inside them
        coalesce(
            tax_amount > 0 and total_amount = subtotal_amount - coalesce(discount_amount, 0), false
        ) as is_tax_inclusive,
        platform_fee_amount as fee_minor,
        coalesce(lower(platform_fee_currency), lower(currency)) as fee_currency,
        -- the discount's terms
        discount__duration as discount_duration,
        discount__duration_in_months as discount_duration_in_months,
        case
            when discount__type = 'percentage'
                then cast(discount__basis_points as decimal(12, 2)) * cast(0.01 as decimal(3, 2))
        end as discount_percent_off,
        case when discount__type = 'fixed' then discount__amount end as discount_amount_off_minor,
        case when discount__type = 'fixed' then lower(discount__currency) end as discount_currency,
        -- times
        created_at,
        modified_at,
        next_payment_attempt_at,
        _observed_at as observed_at
    from orders
)

select * from final

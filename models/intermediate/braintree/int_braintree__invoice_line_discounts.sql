with braintree_discounts as (
    select * from {{ ref('stg_braintree__transaction_discounts') }}
),

bill_lines as (
    select * from {{ ref('int_braintree__bill_lines') }}
    where not is_proration
),

lines_summed as (
    select
        source_account,
        transaction_id,
        line_id,
        subscription_id,
        amount,
        sum(amount) over (
            partition by transaction_id
            order by line_position
            rows between unbounded preceding and current row
        ) as amount_to_here,
        sum(amount) over (partition by transaction_id) as amount_in_all
    from bill_lines
),

-- A discount is on the whole charge: spread over its lines by weight, exact in sum.
final as (
    select
        lines.source_account,
        lines.line_id as invoice_line_id,
        cast(discounts.discount_position as bigint) as discount_position,
        lines.subscription_id || '/' || discounts.coupon_id as discount_id,
        cast(
            coalesce({{ share_of(
                'discounts.discount_amount', 'lines.amount_to_here', 'lines.amount_in_all'
            ) }}, 0)
            - coalesce({{ share_of(
                'discounts.discount_amount', '(lines.amount_to_here - lines.amount)',
                'lines.amount_in_all'
            ) }}, 0) as decimal(38, 9)
        ) as discount_amount
    from braintree_discounts as discounts
    inner join lines_summed as lines
        on discounts.transaction_id = lines.transaction_id
)

select * from final

with discounts_billed as (
    select * from {{ ref('int_braintree__discounts_billed') }}
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
        discounts.discount_id,
        cast(
            coalesce({{ share_of(
                'discounts.discount_amount', 'lines.amount_to_here', 'lines.amount_in_all'
            ) }}, 0)
            - coalesce({{ share_of(
                'discounts.discount_amount', '(lines.amount_to_here - lines.amount)',
                'lines.amount_in_all'
            ) }}, 0) as decimal(38, 9)
        ) as discount_amount
    from discounts_billed as discounts
    inner join lines_summed as lines
        on discounts.transaction_id = lines.transaction_id
)

select * from final

with int_recurly__lines_priced as (
    select * from {{ ref('int_recurly__lines_priced') }}
    where discount_amount <> 0
),

int_recurly__line_redemptions as (
    select * from {{ ref('int_recurly__line_redemptions') }}
),

-- The first takes its own of the whole line, the others share by weight what it left. Where its own
-- is more than the line's discount, all share by weight.
first_shares as (
    select
        *,
        max(
            case
                when redemption_number = 1 and abs(weight) < abs(discount_amount) then weight
            end
        ) over (partition by line_id) as first_weight
    from int_recurly__line_redemptions
),

shares as (
    select
        *,
        case
            when redemptions = 1 then discount_amount
            when redemption_number = 1 and first_weight is not null then first_weight
            else coalesce(
                {{ share_of(
                    'discount_amount - coalesce(first_weight, 0)', 'weight',
                    'weight_of_line - coalesce(first_weight, 0)'
                ) }}, 0
            )
        end as share
    from first_shares
),

-- The last takes the rest, so that they add up.
amounts as (
    select
        *,
        case
            when redemption_number < redemptions then share
            else discount_amount - coalesce(
                sum(share) over (
                    partition by line_id order by redemption_number
                    rows between unbounded preceding and 1 preceding
                ), 0
            )
        end as amount
    from shares
),

final as (
    select
        lines.source_account,
        lines.line_id as invoice_line_id,
        cast(coalesce(amounts.redemption_number - 1, 0) as bigint) as discount_position,
        coalesce(
            amounts.discount_id,
            coalesce(lines.subscription_id, lines.invoice_id) || '/discount'
        ) as discount_id,
        cast(coalesce(amounts.amount, lines.discount_amount) as decimal(38, 9)) as discount_amount
    from int_recurly__lines_priced as lines
    left join amounts
        on lines.line_id = amounts.line_id
    where coalesce(amounts.amount, lines.discount_amount) <> 0
)

select * from final

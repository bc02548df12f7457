with int_recurly__lines_priced as (
    select * from {{ ref('int_recurly__lines_priced') }}
    where discount_amount <> 0
),

int_recurly__discounts as (
    select * from {{ ref('int_recurly__discounts') }}
),

-- A line says how much was taken off; by which redemption, the subscription says if there was one.
discounts_of_lines as (
    select
        lines.line_id,
        min(discounts.discount_id) as discount_id
    from int_recurly__lines_priced as lines
    inner join int_recurly__discounts as discounts
        on
            lines.subscription_id = discounts.subscription_id
            and lines.period_start_at >= discounts.started_at
            and lines.period_start_at < {{ until('discounts.ends_at') }}
    group by lines.line_id
    having count(*) = 1
),

final as (
    select
        lines.source_account,
        lines.line_id as invoice_line_id,
        cast(0 as bigint) as discount_position,
        coalesce(
            discounts_of_lines.discount_id,
            coalesce(lines.subscription_id, lines.invoice_id) || '/discount'
        ) as discount_id,
        lines.discount_amount
    from int_recurly__lines_priced as lines
    left join discounts_of_lines
        on lines.line_id = discounts_of_lines.line_id
)

select * from final

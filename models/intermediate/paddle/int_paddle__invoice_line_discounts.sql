with int_paddle__lines_priced as (
    select * from {{ ref('int_paddle__lines_priced') }}
    where discount_amount <> 0
),

int_paddle__discounts as (
    select * from {{ ref('int_paddle__discounts') }}
),

-- The line says how much, the subscription says by which discount.
lines_ranked as (
    select
        lines_priced.source_account,
        lines_priced.invoice_line_id,
        lines_priced.discount_amount,
        coalesce(
            discounts.discount_id,
            coalesce(lines_priced.subscription_id, lines_priced.invoice_id)
            || '/' || coalesce(lines_priced.coupon_id, 'discount')
        ) as discount_id,
        row_number() over (
            partition by lines_priced.invoice_line_id
            order by discounts.started_at desc nulls last, discounts.discount_id asc
        ) as preference
    from int_paddle__lines_priced as lines_priced
    left join int_paddle__discounts as discounts
        on
            lines_priced.subscription_id = discounts.subscription_id
            and coalesce(lines_priced.coupon_id, discounts.coupon_id) = discounts.coupon_id
            and (
                discounts.subscription_item_id is null
                or discounts.subscription_item_id
                = lines_priced.subscription_id || '/' || lines_priced.list_price_id
            )
            and coalesce(discounts.started_at, lines_priced.period_start_at)
            <= {{ dbt.dateadd('hour', 1, 'lines_priced.period_start_at') }}
            and lines_priced.period_start_at < {{ until('discounts.ends_at') }}
),

final as (
    select
        source_account,
        invoice_line_id,
        cast(0 as bigint) as discount_position,
        discount_id,
        discount_amount
    from lines_ranked
    where preference = 1
)

select * from final

with int_paddle__lines_priced as (
    select * from {{ ref('int_paddle__lines_priced') }}
),

-- What a price that Paddle converted, or that is another one for the country, really is.
lines_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, snapshot_price_id, billed_currency
            order by billed_at desc nulls last, invoice_line_id desc
        ) as recency
    from int_paddle__lines_priced
    where
        tax_basis = 'billed'
        and not is_proration
        and quantity > 0
        and subscription_id is not null
),

final as (
    select
        source_account,
        subscription_id,
        snapshot_price_id,
        billed_currency,
        price_id
    from lines_ranked
    where recency = 1
)

select * from final

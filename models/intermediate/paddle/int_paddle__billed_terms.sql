with int_paddle__lines_priced as (
    select * from {{ ref('int_paddle__lines_priced') }}
    where
        not is_proration
        and not is_trial
        and quantity > 0
        and subscription_id is not null
),

-- A price that Paddle converted, or that is another one for the country, only bills tell; null
-- where a bill has the price that is stated.
lines_judged as (
    select
        *,
        case when tax_basis = 'billed' then price_id end as billed_price_id
    from int_paddle__lines_priced
),

lines_compared as (
    select
        *,
        row_number() over (
            partition by subscription_id, snapshot_price_id, billed_currency
            order by period_start_at, billed_at, invoice_line_id
        ) as line_number,
        lag(billed_price_id) over (
            partition by subscription_id, snapshot_price_id, billed_currency
            order by period_start_at, billed_at, invoice_line_id
        ) as price_id_before
    from lines_judged
),

-- It holds until the next bill with another one; the first bill's, before it, too.
changes as (
    select
        *,
        case
            when line_number = 1 then cast('1970-01-01' as {{ timestamp_type() }})
            else period_start_at
        end as valid_from,
        lead(period_start_at) over (
            partition by subscription_id, snapshot_price_id, billed_currency
            order by line_number
        ) as valid_to
    from lines_compared
    where
        line_number = 1
        or coalesce(billed_price_id, '') <> coalesce(price_id_before, '')
),

final as (
    select
        source_account,
        subscription_id,
        snapshot_price_id,
        billed_currency,
        billed_price_id as price_id,
        valid_from,
        valid_to
    from changes
    where billed_price_id is not null
)

select * from final

with int_polar__lines_known as (
    select * from {{ ref('int_polar__lines_known') }}
    where
        amount_type in ('seat_based', 'unit_based')
        and is_recurring
        and not is_proration
        and amount_minor > 0
),

polar_prices as (
    select * from {{ ref('stg_polar__prices') }}
),

int_polar__price_tiers as (
    select * from {{ ref('int_polar__price_tiers') }}
),

tiers_bounded as (
    select
        price_id,
        tier_number,
        unit_amount_minor,
        up_to,
        coalesce(lag(up_to) over (partition by price_id order by tier_number), 0) as starts_above
    from int_polar__price_tiers
),

tiers_with_base as (
    select
        *,
        coalesce(
            sum(cast(unit_amount_minor * (up_to - starts_above) as decimal(38, 12))) over (
                partition by price_id
                order by tier_number
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as amount_below_minor
    from tiers_bounded
),

-- A bill tells the amount, the tiers tell of how many seats: by volume one tier charges for all of
-- them, graduated each tier for those that fall in it.
quantities as (
    select
        lines.invoice_line_id,
        tiers.starts_above,
        tiers.up_to,
        case
            when polar_prices.tiers_mode = 'graduated'
                then tiers.starts_above + {{ exact_divide(
                    'cast(lines.amount_minor - tiers.amount_below_minor as decimal(28, 9))',
                    'cast(tiers.unit_amount_minor as decimal(25, 9))'
                ) }}
            else {{ exact_divide(
                'lines.amount_minor', 'cast(tiers.unit_amount_minor as decimal(25, 9))'
            ) }}
        end as quantity
    from int_polar__lines_known as lines
    inner join polar_prices
        on lines.list_price_id = polar_prices.list_price_id
    inner join tiers_with_base as tiers
        on
            lines.list_price_id = tiers.price_id
            and tiers.unit_amount_minor > 0
),

final as (
    select
        invoice_line_id,
        cast(min(quantity) as bigint) as quantity
    from quantities
    where
        quantity = floor(quantity)
        and quantity > starts_above
        and (up_to is null or quantity <= up_to)
    group by invoice_line_id
    having count(*) = 1
)

select * from final

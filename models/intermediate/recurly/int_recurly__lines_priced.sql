with int_recurly__lines_known as (
    select * from {{ ref('int_recurly__lines_known') }}
),

int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
    where phase_number is null
),

items_gone as (
    select * from {{ ref('int_recurly__lines_of_items_gone') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- A proration says when something changed. What it then was, the next state says that was seen; the
-- tiers of what is billed in several lines, the nearest.
states_of_lines as (
    select
        lines.line_id,
        items_priced.price_id,
        items_priced.quantity,
        row_number() over (
            partition by lines.line_id
            order by
                abs({{ minutes_between('lines.period_start_at', 'items_priced.valid_from') }}),
                items_priced.valid_from
        ) as state_order
    from int_recurly__lines_known as lines
    inner join int_recurly__items_priced as items_priced
        on
            lines.subscription_item_id = items_priced.subscription_item_id
            and lines.list_price_id = items_priced.list_price_id
    where
        (
            lines.is_proration
            and lines.subtotal > 0
            and lines.period_start_at <= items_priced.valid_from
        )
        or (
            lines.is_whole_charge
            and lines.lines_of_item > 1
            and items_priced.tier_type <> 'flat'
        )
),

lines_stated as (
    select
        lines.*,
        items_gone.line_id is not null as is_item_gone,
        lines.is_whole_charge and (lines.lines_of_item = 1 or states.line_id is null)
            as is_price_of_line,
        -- where no state tells the tiers, all lines of the item together are its price
        lines.is_whole_charge and lines.lines_of_item > 1 and states.line_id is null
            as is_sum_of_lines,
        states.price_id as stated_price_id,
        states.quantity as stated_quantity
    from int_recurly__lines_known as lines
    left join states_of_lines as states
        on
            lines.line_id = states.line_id
            and states.state_order = 1
    left join items_gone
        on lines.line_id = items_gone.line_id
),

lines_amounted as (
    select
        lines.*,
        cast(
            case
                when lines.is_sum_of_lines then lines.subtotal_of_item
                else lines.unit_amount
            end as decimal(38, 9)
        ) as price_amount,
        currency_exponents.exponent
    from lines_stated as lines
    left join currency_exponents
        on lines.currency = currency_exponents.currency
),

lines_in_minor_units as (
    select
        *,
        cast(
            cast(price_amount as decimal(27, 9)) * case exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor
    from lines_amounted
),

lines_keyed as (
    select
        *,
        case
            when is_price_of_line
                then {{ price_term_key(
                    'list_price_id', 'currency', 'unit_amount_minor',
                    'billing_interval', 'billing_interval_count',
                    "case when is_tax_inclusive then ':tax_inside' else '' end"
                ) }}
        end as own_price_id
    from lines_in_minor_units
),

final as (
    select
        source_account,
        line_id,
        invoice_id,
        previous_line_id,
        subscription_id,
        subscription_item_id,
        list_price_id,
        line_type,
        is_price_of_line,
        case
            when is_price_of_line then own_price_id
            when is_item_gone then max(own_price_id) over (partition by subscription_item_id)
            else stated_price_id
        end as price_id,
        case
            when is_proration then stated_quantity
            when is_sum_of_lines then 1
            else quantity
        end as quantity,
        is_proration,
        is_recurring,
        usage_type is not null as is_metered,
        description,
        currency,
        is_tax_inclusive,
        price_amount as unit_amount,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        subtotal,
        discount_amount,
        tax_amount,
        coalesce(period_start_at, created_at) as period_start_at,
        coalesce(period_end_at, created_at) as period_end_at
    from lines_keyed
)

select * from final

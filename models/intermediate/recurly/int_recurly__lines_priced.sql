with recurly_lines as (
    select * from {{ ref('stg_recurly__line_items') }}
),

recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
    where phase_number is null
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

lines_known as (
    select
        lines.*,
        case when lines.origin in ('plan', 'plan_trial') then 'plan' else 'add_on' end as item_kind,
        case
            when lines.origin = 'plan' then coalesce(lines.plan_id, recurly_plans.list_price_id)
            when lines.origin = 'add_on' then lines.add_on_id
        end as list_price_id,
        case
            when lines.origin = 'plan' then lines.subscription_id || '/plan'
            when lines.origin = 'add_on' then lines.subscription_id || '/' || lines.add_on_id
        end as subscription_item_id,
        coalesce(lines.origin in ('plan', 'add_on'), false) and lines.usage_type is null
            as is_recurring,
        recurly_plans.billing_interval,
        recurly_plans.billing_interval_count,
        cast(
            cast(lines.unit_amount as decimal(27, 9)) * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor
    from recurly_lines as lines
    left join recurly_plans
        on
            lines.source_account = recurly_plans.source_account
            and lines.plan_code = recurly_plans.plan_code
    left join currency_exponents
        on lines.currency = currency_exponents.currency
),

-- A proration says when something changed. What it then was, the next state says that was seen.
states_after as (
    select
        lines_known.line_id,
        items_priced.price_id,
        items_priced.quantity,
        row_number() over (
            partition by lines_known.line_id order by items_priced.valid_from
        ) as state_order
    from lines_known
    inner join int_recurly__items_priced as items_priced
        on
            lines_known.subscription_item_id = items_priced.subscription_item_id
            and lines_known.list_price_id = items_priced.list_price_id
            and lines_known.period_start_at <= items_priced.valid_from
    where lines_known.is_proration and lines_known.subtotal > 0
),

lines_stated as (
    select
        *,
        not is_proration and is_recurring and subtotal > 0 as is_price_of_line
    from lines_known
),

final as (
    select
        lines.source_account,
        lines.line_id,
        lines.invoice_id,
        lines.previous_line_id,
        lines.subscription_id,
        lines.subscription_item_id,
        lines.list_price_id,
        lines.line_type,
        lines.is_price_of_line,
        case
            when lines.is_price_of_line
                then {{ price_term_key(
                    'lines.list_price_id', 'lines.currency', 'lines.unit_amount_minor',
                    'lines.billing_interval', 'lines.billing_interval_count',
                    "case when lines.is_tax_inclusive then ':tax_inside' else '' end"
                ) }}
            else states_after.price_id
        end as price_id,
        case when lines.is_proration then states_after.quantity else lines.quantity end as quantity,
        lines.is_proration,
        lines.is_recurring,
        lines.usage_type is not null as is_metered,
        lines.description,
        lines.currency,
        lines.is_tax_inclusive,
        cast(lines.unit_amount as decimal(38, 9)) as unit_amount,
        lines.unit_amount_minor,
        lines.billing_interval,
        lines.billing_interval_count,
        lines.subtotal,
        lines.discount_amount,
        lines.tax_amount,
        coalesce(lines.period_start_at, lines.created_at) as period_start_at,
        coalesce(lines.period_end_at, lines.created_at) as period_end_at
    from lines_stated as lines
    left join states_after
        on
            lines.line_id = states_after.line_id
            and states_after.state_order = 1
)

select * from final

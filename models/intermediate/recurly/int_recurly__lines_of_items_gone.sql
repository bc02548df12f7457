with int_recurly__lines_known as (
    select * from {{ ref('int_recurly__lines_known') }}
),

int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
    where phase_number is null
),

recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
),

-- Unused time of an item is given back: where the next state that was seen has it no more, it went
-- then. A smaller quantity is given back in the same words.
states_after_credits as (
    select
        lines.line_id,
        lines.subscription_item_id,
        subscriptions.subscription_version_id,
        row_number() over (
            partition by lines.line_id order by subscriptions.version_number
        ) as state_order
    from int_recurly__lines_known as lines
    inner join recurly_subscriptions as subscriptions
        on
            lines.subscription_id = subscriptions.subscription_id
            and lines.period_start_at <= subscriptions.valid_from
    where lines.is_proration and lines.subtotal < 0
),

final as (
    select states.line_id
    from states_after_credits as states
    left join int_recurly__items_priced as items_priced
        on
            states.subscription_version_id = items_priced.subscription_version_id
            and states.subscription_item_id = items_priced.subscription_item_id
    where states.state_order = 1 and items_priced.subscription_item_id is null
)

select * from final

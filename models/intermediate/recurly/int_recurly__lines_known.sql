with recurly_lines as (
    select * from {{ ref('stg_recurly__line_items') }}
),

recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

-- The code of a plan that was deleted may be given to another one.
plans_ranked as (
    select
        *,
        row_number() over (
            partition by source_account, plan_code
            order by
                case when is_deleted then 1 else 0 end, created_at desc nulls last, list_price_id
        ) as recency
    from recurly_plans
),

plans_of_codes as (
    select * from plans_ranked
    where recency = 1
),

plans_of_subscriptions as (
    select
        subscription_id,
        plan_code
    from {{ ref('stg_recurly__subscription_history') }}
    where is_newest
),

add_ons_of_subscriptions as (
    select
        subscription_id,
        add_on_code,
        min(list_price_id) as list_price_id
    from {{ ref('stg_recurly__subscription_add_ons') }}
    group by
        subscription_id,
        add_on_code
),

-- A line of an add-on may name no plan, and the add-on by its code alone: the subscription knows.
lines_with_items as (
    select
        lines.*,
        case
            when lines.origin = 'plan' then coalesce(lines.plan_id, plans_of_codes.list_price_id)
            when lines.origin = 'add_on' then coalesce(lines.add_on_id, add_ons.list_price_id)
        end as list_price_id,
        case
            when lines.origin = 'plan' then lines.subscription_id || '/plan'
            when lines.origin = 'add_on'
                then
                    lines.subscription_id || '/'
                    || coalesce(lines.add_on_id, add_ons.list_price_id)
        end as subscription_item_id,
        coalesce(lines.origin in ('plan', 'add_on'), false) and lines.usage_type is null
            as is_recurring,
        coalesce(recurly_plans.billing_interval, plans_of_codes.billing_interval)
            as billing_interval,
        case
            when recurly_plans.billing_interval is not null then recurly_plans.billing_interval_count
            else plans_of_codes.billing_interval_count
        end as billing_interval_count
    from recurly_lines as lines
    left join plans_of_subscriptions
        on lines.subscription_id = plans_of_subscriptions.subscription_id
    left join add_ons_of_subscriptions as add_ons
        on
            lines.subscription_id = add_ons.subscription_id
            and lines.add_on_code = add_ons.add_on_code
    left join recurly_plans
        on lines.plan_id = recurly_plans.list_price_id
    left join plans_of_codes
        on
            lines.source_account = plans_of_codes.source_account
            and coalesce(lines.plan_code, plans_of_subscriptions.plan_code)
            = plans_of_codes.plan_code
),

-- An add-on in tiers is billed in a line for each tier. A line for nothing says as much of a free plan.
final as (
    select
        *,
        coalesce(
            not is_proration
            and is_recurring
            and (
                subtotal > 0
                or (subtotal = 0 and unit_amount = 0 and origin = 'plan' and line_type = 'charge')
            ),
            false
        ) as is_whole_charge,
        count(*) over (
            partition by
                invoice_id, subscription_item_id, period_start_at, is_proration,
                case when subtotal > 0 then 1 when subtotal = 0 then 0 end
        ) as lines_of_item,
        sum(subtotal) over (
            partition by
                invoice_id, subscription_item_id, period_start_at, is_proration,
                case when subtotal > 0 then 1 when subtotal = 0 then 0 end
        ) as subtotal_of_item
    from lines_with_items
)

select * from final

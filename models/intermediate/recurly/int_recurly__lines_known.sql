with recurly_lines as (
    select * from {{ ref('stg_recurly__line_items') }}
),

recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

lines_with_items as (
    select
        lines.*,
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
        recurly_plans.billing_interval_count
    from recurly_lines as lines
    left join recurly_plans
        on
            lines.source_account = recurly_plans.source_account
            and lines.plan_code = recurly_plans.plan_code
),

-- An add-on in tiers is billed in a line for each tier.
final as (
    select
        *,
        coalesce(not is_proration and is_recurring and subtotal > 0, false) as is_whole_charge,
        count(*) over (
            partition by
                invoice_id, subscription_item_id, period_start_at, is_proration,
                case when subtotal > 0 then 1 end
        ) as lines_of_item,
        sum(subtotal) over (
            partition by
                invoice_id, subscription_item_id, period_start_at, is_proration,
                case when subtotal > 0 then 1 end
        ) as subtotal_of_item
    from lines_with_items
)

select * from final

with int_chargebee__phases_planned as (
    select * from {{ ref('int_chargebee__phases_planned') }}
),

int_chargebee__item_changes_filled as (
    select * from {{ ref('int_chargebee__item_changes_filled') }}
),

changes_until as (
    select
        phases.source_account,
        phases.schedule_id,
        phases.phase_number,
        phases.subscription_id,
        changes.phase_number as changed_in,
        changes.is_present,
        changes.item_position,
        changes.list_price_id,
        changes.item_type,
        changes.quantity,
        changes.free_quantity,
        changes.unit_price,
        changes.unit_price_in_decimal,
        changes.billing_interval,
        changes.billing_interval_count,
        changes.tiers_key,
        changes.tiers_owner_id,
        changes.tiers_position,
        row_number() over (
            partition by phases.schedule_id, phases.phase_number, changes.list_price_id
            order by changes.phase_number desc, changes.item_position desc
        ) as recency
    from int_chargebee__phases_planned as phases
    inner join int_chargebee__item_changes_filled as changes
        on
            phases.subscription_id = changes.subscription_id
            and phases.renewals_before = changes.renewals_before
            and phases.phase_number >= changes.phase_number
),

items_left as (
    select
        *,
        max(case when item_type = 'plan' then changed_in end) over (
            partition by schedule_id, phase_number
        ) as newest_plan_from
    from changes_until
    where recency = 1 and is_present
),

-- A subscription has one plan: another one takes its place.
final as (
    select
        source_account,
        schedule_id,
        phase_number,
        subscription_id,
        item_position,
        list_price_id,
        item_type,
        quantity,
        free_quantity,
        unit_price,
        unit_price_in_decimal,
        billing_interval,
        billing_interval_count,
        tiers_key,
        tiers_owner_id,
        tiers_position
    from items_left
    where coalesce(item_type, '') <> 'plan' or changed_in = newest_plan_from
)

select * from final

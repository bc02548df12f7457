with int_chargebee__phases_planned as (
    select * from {{ ref('int_chargebee__phases_planned') }}
),

int_chargebee__discount_changes as (
    select * from {{ ref('int_chargebee__discount_changes') }}
),

int_chargebee__items_planned as (
    select * from {{ ref('int_chargebee__items_planned') }}
),

changes_until as (
    select
        phases.source_account,
        phases.schedule_id,
        phases.phase_number,
        phases.phase_start_at,
        changes.is_present,
        changes.discount_position,
        changes.given_id,
        changes.coupon_id,
        changes.discount_id,
        changes.list_price_id,
        changes.subscription_item_id,
        changes.ends_at,
        row_number() over (
            partition by
                phases.schedule_id, phases.phase_number, changes.given_id,
                changes.subscription_item_id
            order by changes.phase_number desc, changes.discount_position desc
        ) as recency
    from int_chargebee__phases_planned as phases
    inner join int_chargebee__discount_changes as changes
        on
            phases.subscription_id = changes.subscription_id
            and phases.renewals_before = changes.renewals_before
            and phases.phase_number >= changes.phase_number
),

-- One of an item that the phase does not have takes nothing off.
final as (
    select
        changes.source_account,
        changes.schedule_id,
        changes.phase_number,
        phase_items.item_number,
        changes.discount_position,
        changes.coupon_id,
        changes.discount_id
    from changes_until as changes
    left join int_chargebee__items_planned as phase_items
        on
            changes.schedule_id = phase_items.schedule_id
            and changes.phase_number = phase_items.phase_number
            and (
                changes.list_price_id = phase_items.list_price_id
                or changes.subscription_item_id = phase_items.subscription_item_id
            )
    where
        changes.recency = 1
        and changes.is_present
        and changes.phase_start_at < {{ until('changes.ends_at') }}
        and (
            coalesce(changes.list_price_id, changes.subscription_item_id) is null
            or phase_items.item_number is not null
        )
)

select * from final

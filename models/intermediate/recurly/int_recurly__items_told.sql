with recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
),

recurly_add_ons as (
    select * from {{ ref('stg_recurly__subscription_add_ons') }}
),

recurly_pending_add_ons as (
    select * from {{ ref('stg_recurly__pending_add_ons') }}
),

int_recurly__phases_planned as (
    select * from {{ ref('int_recurly__phases_planned') }}
),

-- What was, and what is to come: each with its plan and the add-ons of today or of the change.
states as (
    select
        subscription_version_id,
        cast(null as {{ dbt.type_string() }}) as schedule_id,
        cast(null as bigint) as phase_number,
        false as is_pending,
        list_price_id,
        plan_code,
        quantity,
        unit_amount
    from recurly_subscriptions
    union all
    select
        phases.subscription_version_id,
        phases.schedule_id,
        phases.phase_number,
        phases.is_pending,
        case when phases.is_pending then subscriptions.pending_list_price_id end as list_price_id,
        case when phases.is_pending then subscriptions.pending_plan_code end as plan_code,
        case when phases.is_pending then subscriptions.pending_quantity end as quantity,
        phases.unit_amount
    from int_recurly__phases_planned as phases
    inner join recurly_subscriptions as subscriptions
        on phases.subscription_version_id = subscriptions.subscription_version_id
),

states_whole as (
    select
        states.subscription_version_id,
        states.schedule_id,
        states.phase_number,
        states.is_pending,
        subscriptions.subscription_id,
        coalesce(states.list_price_id, subscriptions.list_price_id) as plan_list_price_id,
        coalesce(states.plan_code, subscriptions.plan_code) as plan_code,
        coalesce(states.quantity, subscriptions.quantity) as quantity,
        states.unit_amount
    from states
    inner join recurly_subscriptions as subscriptions
        on states.subscription_version_id = subscriptions.subscription_version_id
),

add_ons_told as (
    select
        *,
        false as is_pending
    from recurly_add_ons
    union all
    select
        *,
        true as is_pending
    from recurly_pending_add_ons
),

-- The plan is one item, whichever plan it is; each add-on is another.
final as (
    select
        subscription_version_id,
        schedule_id,
        phase_number,
        is_pending,
        plan_list_price_id,
        0 as item_position,
        subscription_id || '/plan' as subscription_item_id,
        plan_list_price_id as list_price_id,
        plan_code as item_code,
        cast(null as {{ dbt.type_string() }}) as product_name,
        quantity,
        unit_amount,
        'flat' as tier_type,
        cast(null as {{ dbt.type_string() }}) as tiers_key,
        false as is_metered
    from states_whole
    union all
    select
        states_whole.subscription_version_id,
        states_whole.schedule_id,
        states_whole.phase_number,
        states_whole.is_pending,
        states_whole.plan_list_price_id,
        1 + add_ons.add_on_position as item_position,
        states_whole.subscription_id || '/' || add_ons.list_price_id as subscription_item_id,
        add_ons.list_price_id,
        add_ons.add_on_code as item_code,
        add_ons.product_name,
        add_ons.quantity,
        -- what is sold in tiers has no price of a unit
        case when add_ons.tier_type = 'flat' then add_ons.unit_amount end as unit_amount,
        add_ons.tier_type,
        add_ons.tiers_key,
        add_ons.is_metered
    from add_ons_told as add_ons
    inner join states_whole
        on
            add_ons.subscription_version_id = states_whole.subscription_version_id
            and add_ons.is_pending = states_whole.is_pending
)

select * from final

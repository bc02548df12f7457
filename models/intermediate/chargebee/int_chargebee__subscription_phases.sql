with int_chargebee__phases_planned as (
    select * from {{ ref('int_chargebee__phases_planned') }}
),

final as (
    select
        source_account,
        schedule_id,
        phase_number,
        subscription_id,
        customer_id,
        schedule_status,
        end_behavior,
        is_deleted,
        currency,
        collection_method,
        phase_start_at,
        is_last_phase,
        schedule_created_at,
        observed_at
    from int_chargebee__phases_planned
)

select * from final

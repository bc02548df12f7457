with meters as (
    {{ newest_versions('stripe', 'meters') }}
),

final as (
    select
        -- keys
        source_account,
        id as meter_id,
        -- facts
        display_name as meter_name,
        event_name,
        status as meter_status,
        default_aggregation__formula as aggregation_formula,
        livemode as is_livemode,
        -- times
        created as created_at,
        updated as updated_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from meters
)

select * from final

with changes as (
    {{ newest_versions('chargebee', 'scheduled_changes') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', 'id') }} as scheduled_change_id,
        {{ account_key('chargebee', 'subscription_id') }} as subscription_id,
        kind,
        status,
        effective_from as effective_from_at,
        created_at,
        _observed_at as observed_at,
        _deleted_at is not null as is_deleted
    from changes
)

select * from final

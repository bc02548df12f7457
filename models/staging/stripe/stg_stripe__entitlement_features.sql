with entitlement_features as (
    {{ newest_versions('stripe', 'entitlement_features') }}
),

final as (
    select
        source_account,
        id as entitlement_feature_id,
        name as feature_name,
        lookup_key,
        active as is_active,
        metadata,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from entitlement_features
)

select * from final

with products as (
    {{ all_versions('stripe', 'products') }}
),

versions_dated as (
    select
        *,
        row_number() over (
            partition by {{ version_key('stripe', ['id', '_is_deleted']) }}
            order by {{ newest_first() }}
        ) as _newest_first
    from products
),

final as (
    select
        -- keys
        source_account,
        _version_id as product_version_id,
        {{ stripe_product_key('id') }} as product_id,
        {{ stripe_price_key('default_price') }} as default_price_id,
        -- facts
        name as product_name,
        description as product_description,
        {{ json_text('metadata', 'kind') }} as product_kind,
        type as product_type,
        unit_label,
        active as is_active,
        metadata,
        livemode as is_livemode,
        -- times
        created as created_at,
        updated as updated_at,
        _observed_at as valid_from,
        _valid_to as valid_to,
        _observed_via as observed_via,
        _api_version as api_version,
        _newest_first = 1 as is_newest
    from versions_dated
    where not _is_deleted
)

select * from final

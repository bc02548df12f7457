with items as (
    {{ newest_versions('chargebee', 'items') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', 'id') }} as product_id,
        coalesce(external_name, name) as product_name,
        description as product_description,
        type as item_type,
        unit as unit_label,
        coalesce(metered, false) as is_metered,
        metadata,
        coalesce(status = 'active', false) as is_active,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from items
)

select * from final

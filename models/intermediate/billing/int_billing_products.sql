with all_vendors as (
    {{ union_of_vendors('products') }}
),

final as (
    select
        billing_provider,
        source_account,
        product_id,
        {{ short_name('product_name') }} as product_name,
        product_description,
        product_kind,
        unit_label,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from all_vendors
)

select * from final

with stripe_products as (
    select * from {{ ref('stg_stripe__products') }}
),

stripe_plans as (
    select * from {{ ref('stg_stripe__plans') }}
),

products_and_plans as (
    select
        source_account,
        product_id,
        product_name,
        product_description,
        product_kind,
        unit_label,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from stripe_products
    union all
    -- plans of before products existed
    select
        source_account,
        product_id,
        coalesce(plan_name, nickname) as product_name,
        cast(null as {{ dbt.type_string() }}) as product_description,
        {{ json_text('metadata', 'kind') }} as product_kind,
        cast(null as {{ dbt.type_string() }}) as unit_label,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from stripe_plans
    where is_own_product
),

final as (
    select
        source_account,
        product_id,
        product_name,
        product_description,
        product_kind,
        unit_label,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from products_and_plans
)

select * from final

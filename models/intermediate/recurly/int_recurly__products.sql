with recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
),

-- Add-ons are known from the subscriptions that have them, plans that are gone, too.
items_unlisted as (
    select
        items_priced.list_price_id as product_id,
        min(items_priced.source_account) as source_account,
        max(coalesce(items_priced.product_name, items_priced.item_code)) as product_name
    from int_recurly__items_priced as items_priced
    left join recurly_plans
        on items_priced.list_price_id = recurly_plans.list_price_id
    where recurly_plans.list_price_id is null
    group by items_priced.list_price_id
),

final as (
    select
        source_account,
        list_price_id as product_id,
        product_name,
        product_description,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from recurly_plans
    union all
    select
        source_account,
        product_id,
        product_name,
        cast(null as {{ dbt.type_string() }}) as product_description,
        true as is_active,
        false as is_deleted,
        cast(null as {{ timestamp_type() }}) as created_at,
        cast(null as {{ timestamp_type() }}) as deleted_at
    from items_unlisted
)

select * from final

with customer_map as (
    select * from {{ ref('customer_map') }}
),

customers as (
    select * from {{ ref('int_billing_customers') }}
),

matches as (
    select
        app_customer_id,
        billing_customer_id as customer_id,
        'customer_map' as matched_by,
        1 as preference,
        cast(null as {{ timestamp_type() }}) as created_at
    from customer_map
    union all
    select
        app_customer_id,
        customer_id,
        'metadata' as matched_by,
        case when is_deleted then 3 else 2 end as preference,
        created_at
    from customers
    where app_customer_id is not null
    union all
    -- the app may know its accounts by the billing id itself
    select
        customer_id as app_customer_id,
        customer_id,
        'same_id' as matched_by,
        4 as preference,
        created_at
    from customers
    union all
    -- so may the one who wrote the map, of customers that no billing system knows
    select distinct
        billing_customer_id as app_customer_id,
        billing_customer_id as customer_id,
        'same_id' as matched_by,
        5 as preference,
        cast(null as {{ timestamp_type() }}) as created_at
    from customer_map
),

matches_ranked as (
    select
        *,
        row_number() over (
            partition by app_customer_id
            order by preference asc, created_at desc nulls last, customer_id asc
        ) as match_rank
    from matches
),

final as (
    select
        app_customer_id,
        customer_id,
        matched_by
    from matches_ranked
    where match_rank = 1
)

select * from final

{{ config(materialized='table') }}

with customer_map as (
    select * from {{ ref('int_customer_map') }}
),

customers as (
    select * from {{ ref('int_billing_customers') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

matches as (
    select
        app_customer_id,
        billing_customer_id,
        'customer_map' as matched_by,
        1 as preference,
        cast(null as {{ timestamp_type() }}) as created_at
    from customer_map
    union all
    select
        app_customer_id,
        billing_customer_id,
        'metadata' as matched_by,
        case when is_deleted then 3 else 2 end as preference,
        created_at
    from customers
    where app_customer_id is not null
    union all
    -- the app may know its accounts by the billing id itself
    select
        billing_customer_id as app_customer_id,
        billing_customer_id,
        'same_id' as matched_by,
        4 as preference,
        created_at
    from customers
    union all
    -- so may the one who wrote the map, of customers that no billing system knows
    select distinct
        billing_customer_id as app_customer_id,
        billing_customer_id,
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
            order by preference asc, created_at desc nulls last, billing_customer_id asc
        ) as match_rank
    from matches
),

final as (
    select
        matches_ranked.app_customer_id,
        coalesce(customer_groups.customer_id, matches_ranked.billing_customer_id) as customer_id,
        matches_ranked.matched_by
    from matches_ranked
    left join customer_groups
        on matches_ranked.billing_customer_id = customer_groups.billing_customer_id
    where matches_ranked.match_rank = 1
)

select * from final

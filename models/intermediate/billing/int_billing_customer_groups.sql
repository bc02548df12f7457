{{ config(materialized='table') }}

with customer_map as (
    select * from {{ ref('int_customer_map') }}
),

customers_known as (
    select * from {{ ref('int_billing_customers_known') }}
),

members as (
    select distinct
        customer_group,
        billing_customer_id
    from customer_map
    where customer_group is not null and billing_customer_id is not null
),

members_ranked as (
    select
        members.customer_group,
        members.billing_customer_id,
        row_number() over (
            partition by members.customer_group
            order by customers_known.created_at asc nulls last, members.billing_customer_id asc
        ) as member_rank
    from members
    inner join customers_known
        on members.billing_customer_id = customers_known.customer_id
),

-- a customer that the file puts into two groups belongs to the first of them
final as (
    select
        members.billing_customer_id,
        min(members.customer_group) as customer_group,
        min(members_ranked.billing_customer_id) as customer_id
    from members
    inner join members_ranked
        on
            members.customer_group = members_ranked.customer_group
            and members_ranked.member_rank = 1
    group by members.billing_customer_id
)

select * from final

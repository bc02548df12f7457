with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

dim_customers as (
    select * from {{ ref('dim_customers') }}
),

fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

customers_who_paid as (
    select
        customer_id,
        min(cohort_month) as cohort_month
    from mrr_by_customer_month
    group by customer_id
),

plans_ranked as (
    select
        customer_id,
        product_id,
        row_number() over (
            partition by customer_id
            order by valid_from desc, contract_mrr desc, {{ in_byte_order('product_id') }} asc
        ) as recency
    from fct_mrr_segments
    where not is_usage
),

-- Every customer who ever paid, in each of its segments.
final as (
    select
        'all' as segment_kind,
        'all' as segment,
        customer_id
    from customers_who_paid
    union all
    select
        'cohort' as segment_kind,
        cast(cohort_month as {{ dbt.type_string() }}) as segment,
        customer_id
    from customers_who_paid
    union all
    select
        'channel' as segment_kind,
        coalesce(customers.acquisition_channel, 'unknown') as segment,
        customers_who_paid.customer_id
    from customers_who_paid
    left join dim_customers as customers
        on customers_who_paid.customer_id = customers.customer_id
    union all
    select
        'plan' as segment_kind,
        plans_ranked.product_id as segment,
        customers_who_paid.customer_id
    from customers_who_paid
    inner join plans_ranked
        on
            customers_who_paid.customer_id = plans_ranked.customer_id
            and plans_ranked.recency = 1
)

select * from final

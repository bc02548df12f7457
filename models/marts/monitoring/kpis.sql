with kpis_of_recurring_revenue as (
    select * from {{ ref('kpis_of_recurring_revenue') }}
),

kpis_of_revenue as (
    select * from {{ ref('kpis_of_revenue') }}
),

kpis_of_customer_value as (
    select * from {{ ref('kpis_of_customer_value') }}
),

kpis_of_margin as (
    select * from {{ ref('kpis_of_margin') }}
),

kpis_of_ai_cost as (
    select * from {{ ref('kpis_of_ai_cost') }}
),

kpis_of_usage as (
    select * from {{ ref('kpis_of_usage') }}
),

kpis_of_adoption as (
    select * from {{ ref('kpis_of_adoption') }}
),

kpis_of_data as (
    select * from {{ ref('kpis_of_data') }}
),

final as (
    select * from kpis_of_recurring_revenue
    union all
    select * from kpis_of_revenue
    union all
    select * from kpis_of_customer_value
    union all
    select * from kpis_of_margin
    union all
    select * from kpis_of_ai_cost
    union all
    select * from kpis_of_usage
    union all
    select * from kpis_of_adoption
    union all
    select * from kpis_of_data
)

select * from final

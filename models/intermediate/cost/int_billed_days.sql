with int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

final as (
    select distinct
        provider,
        cost_date
    from int_cost_statements
)

select * from final

with annotations as (
    select * from {{ ref('annotations') }}
),

final as (
    select
        date,
        label,
        description
    from annotations
)

select * from final

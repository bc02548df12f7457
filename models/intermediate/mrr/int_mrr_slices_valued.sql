with slices_discounted as (
    select * from {{ ref('int_mrr_slices_discounted') }}
),

usage_slices as (
    select * from {{ ref('int_mrr_usage_slices') }}
),

final as (
    select
        *,
        false as is_usage
    from slices_discounted
    union all
    select
        *,
        true as is_usage
    from usage_slices
)

select * from final

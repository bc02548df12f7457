with int_mrr_slices_discounted as (
    select * from {{ ref('int_mrr_slices_discounted') }}
),

int_mrr_usage_slices as (
    select * from {{ ref('int_mrr_usage_slices') }}
),

final as (
    select
        *,
        false as is_usage
    from int_mrr_slices_discounted
    union all
    select
        *,
        true as is_usage
    from int_mrr_usage_slices
)

select * from final

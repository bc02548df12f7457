with int_mrr_item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
    where is_present
),

int_mrr_earning_stretches as (
    select * from {{ ref('int_mrr_earning_stretches') }}
),

int_mrr_discount_stretches as (
    select * from {{ ref('int_mrr_discount_stretches') }}
),

int_mrr_item_taxes as (
    select * from {{ ref('int_mrr_item_taxes') }}
),

-- Every moment at which something about a subscription changes.
boundaries as (
    select
        subscription_id,
        valid_from as boundary_at
    from int_mrr_item_stretches
    union
    select
        subscription_id,
        valid_to as boundary_at
    from int_mrr_item_stretches
    union
    select
        subscription_id,
        valid_from as boundary_at
    from int_mrr_earning_stretches
    union
    select
        subscription_id,
        valid_from as boundary_at
    from int_mrr_discount_stretches
    union
    select
        subscription_id,
        valid_to as boundary_at
    from int_mrr_discount_stretches
    union
    select
        subscription_id,
        valid_from as boundary_at
    from int_mrr_item_taxes
),

final as (
    select
        subscription_id,
        boundary_at as valid_from,
        lead(boundary_at) over (
            partition by subscription_id order by boundary_at
        ) as valid_to
    from boundaries
    where boundary_at <= {{ as_of_timestamp() }}
)

select * from final

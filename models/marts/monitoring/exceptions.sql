with fct_exceptions as (
    select * from {{ ref('fct_exceptions') }}
),

final as (
    select
        exception_id,
        area,
        subject_type,
        subject_id,
        reason,
        amount,
        currency,
        first_seen_at
    from fct_exceptions
)

select * from final

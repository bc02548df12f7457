with fct_load_endpoints as (
    select * from {{ ref('fct_load_endpoints') }}
),

final as (
    select
        source,
        endpoint,
        reason
    from fct_load_endpoints
    where
        is_of_last_load
        and status = 'skipped'
)

select * from final

with int_load_endpoints as (
    select * from {{ ref('int_load_endpoints') }}
),

int_loads as (
    select * from {{ ref('int_loads') }}
),

final as (
    select
        int_load_endpoints.source,
        int_load_endpoints.load_id,
        int_load_endpoints.endpoint,
        int_load_endpoints.status,
        int_load_endpoints.reason,
        int_load_endpoints.objects_read,
        int_load_endpoints.is_complete,
        int_loads.is_last as is_of_last_load
    from int_load_endpoints
    inner join int_loads
        on
            int_load_endpoints.source = int_loads.source
            and int_load_endpoints.load_id = int_loads.load_id
)

select * from final

with stg_datadog__usage_hours as (
    select * from {{ ref('stg_datadog__usage_hours') }}
),

-- An hour that several regions tell of is their sum; one that says null is unknown.
usage_of_hours as (
    select
        source_account,
        usage_date,
        usage_hour,
        org_id,
        product_family,
        usage_type,
        sum(quantity) as quantity
    from stg_datadog__usage_hours
    group by
        source_account,
        usage_date,
        usage_hour,
        org_id,
        product_family,
        usage_type
),

final as (
    select
        'datadog' as provider,
        source_account,
        usage_date,
        org_id as project_id,
        product_family,
        usage_type,
        cast(sum(quantity) as decimal(38, 6)) as quantity,
        cast(max(quantity) as decimal(38, 6)) as highest_hour,
        cast(count(quantity) as bigint) as hours
    from usage_of_hours
    group by
        source_account,
        usage_date,
        org_id,
        product_family,
        usage_type
)

select * from final

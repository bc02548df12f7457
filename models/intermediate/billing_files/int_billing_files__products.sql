with file_prices as (
    select * from {{ ref('stg_billing_files__subscription_prices') }}
),

file_lines as (
    select * from {{ ref('stg_billing_files__invoice_lines') }}
),

named as (
    select
        source_account,
        product_id,
        product_name
    from file_prices
    union all
    select
        source_account,
        product_id,
        cast(null as {{ dbt.type_string() }}) as product_name
    from file_lines
    where product_id is not null
),

final as (
    select
        product_id,
        min(source_account) as source_account,
        max(product_name) as product_name,
        true as is_active,
        false as is_deleted
    from named
    group by product_id
)

select * from final

with stg_aws__cost_statements as (
    select * from {{ ref('stg_aws__cost_statements') }}
),

final as (
    select
        'aws' as provider,
        source_account,
        statement_id,
        control_amount,
        control_currency as currency,
        unreadable_lines
    from stg_aws__cost_statements
)

select * from final

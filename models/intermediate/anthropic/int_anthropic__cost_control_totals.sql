with stg_anthropic__cost_statements as (
    select * from {{ ref('stg_anthropic__cost_statements') }}
),

final as (
    select
        'anthropic' as provider,
        source_account,
        statement_id,
        control_amount,
        'usd' as currency,
        unreadable_lines
    from stg_anthropic__cost_statements
)

select * from final

with fct_bill_controls_by_day as (
    select * from {{ ref('fct_bill_controls_by_day') }}
),

final as (
    select
        cost_date as date,
        provider,
        source_account,
        billed_usd,
        control_usd,
        difference_usd,
        is_tied,
        unreadable_lines,
        billed_for_tokens_usd,
        reported_list_usd,
        billed_to_reported_ratio,
        is_final,
        is_provisional
    from fct_bill_controls_by_day
)

select * from final

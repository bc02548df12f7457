with all_vendors as (
    {{ union_of_vendors('event_coverage') }}
),

final as (
    select
        billing_provider,
        source_account,
        stretch_number,
        covered_from,
        covered_to,
        first_read_at
    from all_vendors
)

select * from final

with all_vendors as (
    {{ union_of_vendors('newest_events') }}
),

final as (
    select
        billing_provider,
        source_account,
        newest_event_at
    from all_vendors
)

select * from final

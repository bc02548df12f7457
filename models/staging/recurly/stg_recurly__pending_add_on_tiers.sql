with tiers as (
    {{ children_of_all('recurly', 'pending_add_on_tiers', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _parent_position as add_on_position,
        _position as tier_number,
        ending_quantity as up_to,
        coalesce(unit_amount_decimal, unit_amount) as unit_amount
    from tiers
)

select * from final

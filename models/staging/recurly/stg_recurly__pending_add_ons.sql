with add_ons as (
    {{ children_of_all('recurly', 'pending_add_ons', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _position as add_on_position,
        {{ account_key('recurly', '_root_id') }} as subscription_id,
        {{ account_key('recurly', 'add_on__id') }} as list_price_id,
        add_on__code as add_on_code,
        add_on__name as product_name,
        coalesce(add_on__add_on_type = 'usage', false) as is_metered,
        coalesce(tier_type, 'flat') as tier_type,
        tiers_key,
        coalesce(quantity, 1) as quantity,
        coalesce(unit_amount_decimal, unit_amount) as unit_amount
    from add_ons
    where add_on__id is not null
)

select * from final

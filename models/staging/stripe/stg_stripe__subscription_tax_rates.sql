with subscription_tax_rates as (
    {{ children_of_all('stripe', 'subscription_tax_rates', 'subscriptions') }}
),

subscription_item_tax_rates as (
    {{ children_of_all('stripe', 'subscription_item_tax_rates', 'subscriptions') }}
),

rates_of_both_levels as (
    select
        source_account,
        _version_id,
        _root_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        _position,
        id,
        percentage,
        inclusive
    from subscription_tax_rates
    union all
    select
        source_account,
        _version_id,
        _root_id,
        _parent_id as subscription_item_id,
        _position,
        id,
        percentage,
        inclusive
    from subscription_item_tax_rates
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _root_id as subscription_id,
        subscription_item_id,
        _position as rate_position,
        {{ stripe_tax_rate_key('id') }} as tax_rate_id,
        percentage as tax_percentage,
        inclusive as is_inclusive
    from rates_of_both_levels
)

select * from final

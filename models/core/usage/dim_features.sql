with features as (
    select * from {{ ref('features') }}
),

placeholders as (
    select
        '__unattributed__' as feature_id,
        'Unattributed' as feature_name,
        'Cost that no event or rule gives to a feature' as description
    union all
    select
        '__unallocated__' as feature_id,
        'Unallocated' as feature_name,
        'Revenue that no rule or usage gives to a feature' as description
),

final as (
    select
        feature_id,
        feature_name,
        service,
        description,
        {{ optional_seed_column('features', 'unit') }} as unit,
        false as is_placeholder
    from features
    union all
    select
        feature_id,
        feature_name,
        cast(null as {{ dbt.type_string() }}) as service,
        description,
        cast(null as {{ dbt.type_string() }}) as unit,
        true as is_placeholder
    from placeholders
)

select * from final

with plans as (
    {{ newest_versions('recurly', 'plans') }}
),

final as (
    select
        source_account,
        {{ account_key('recurly', 'id') }} as list_price_id,
        code as plan_code,
        name as product_name,
        description as product_description,
        coalesce(state = 'active', false) as is_active,
        case interval_unit
            when 'days' then 'day'
            when 'months' then 'month'
        end as billing_interval,
        interval_length as billing_interval_count,
        created_at,
        deleted_at,
        deleted_at is not null as is_deleted
    from plans
)

select * from final

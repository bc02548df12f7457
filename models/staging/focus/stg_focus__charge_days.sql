with charge_days as (
    {{ trusted_rows('focus', 'charge_days') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        scope,
        charge_date as cost_date,

        -- facts
        billing_period,
        coalesce(delivery, '') as delivery,
        provider_name,
        _observed_at as stated_at,
        _dlt_load_id as load_id,
        lines,
        row_number() over (
            partition by {{ version_key('focus', ['scope', 'charge_date']) }}
            order by _dlt_load_id
        ) as statement_number
    from charge_days
)

select * from final

with int_billing_files__subscription_phases as (
    select * from {{ ref('int_billing_files__subscription_phases') }}
),

file_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
),

-- Of two rows of one product and day the younger one holds.
rows_ranked as (
    select
        phases.source_account,
        phases.schedule_id,
        phases.phase_number,
        file_prices.product_id,
        file_prices.net_price_id,
        file_prices.quantity,
        file_prices.status,
        row_number() over (
            partition by phases.schedule_id, file_prices.product_id
            order by file_prices.starts_at desc
        ) as preference
    from int_billing_files__subscription_phases as phases
    inner join file_prices
        on
            phases.subscription_id = file_prices.subscription_id
            and phases.phase_start_at >= file_prices.starts_at
            and phases.phase_start_at < {{ until('file_prices.ends_at') }}
),

final as (
    select
        source_account,
        schedule_id,
        phase_number,
        cast(
            row_number() over (partition by schedule_id order by product_id) - 1 as bigint
        ) as item_number,
        net_price_id as price_id,
        quantity
    from rows_ranked
    where preference = 1 and status in ('active', 'past_due')
)

select * from final

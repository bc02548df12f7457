with int_chargebee__lines_known as (
    select * from {{ ref('int_chargebee__lines_known') }}
),

-- There is no plain flag of a proration: a mode, or a period that is shorter than the price's.
lines_judged as (
    select
        *,
        coalesce(
            proration_mode is not null
            or (
                is_recurring
                and period_end_at < case billing_interval
                    when 'day'
                        then {{ dbt.dateadd('day', 'billing_interval_count', 'period_start_at') }}
                    when 'week'
                        then {{ dbt.dateadd(
                            'day', '7 * billing_interval_count - 1', 'period_start_at'
                        ) }}
                    when 'month'
                        then {{ dbt.dateadd(
                            'day', '28 * billing_interval_count - 1', 'period_start_at'
                        ) }}
                    when 'year'
                        then {{ dbt.dateadd(
                            'day', '365 * billing_interval_count - 1', 'period_start_at'
                        ) }}
                end
            ),
            false
        ) as is_proration
    from int_chargebee__lines_known
),

-- A line of whole periods at a plain price states the price; one of a part states a part of it.
lines_stated as (
    select
        *,
        is_price_stated and not is_proration and pricing in ('unit', 'flat') as is_price_of_line
    from lines_judged
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        subscription_id || '/' || case when is_plan then 'plan' else list_price_id end
            as subscription_item_id,
        list_price_id,
        case
            when is_price_of_line then {{ chargebee_price_key('lines_stated') }}
            when coalesce(proration_mode, '') = 'delta' or not is_price_stated then null
            else known_price_id
        end as price_id,
        is_price_of_line,
        product_id,
        is_recurring,
        is_metered,
        is_proration,
        description,
        currency,
        billing_interval,
        billing_interval_count,
        unit_amount_minor,
        case
            when pricing in ('flat', 'part') then cast(1 as bigint)
            else cast(quantity as bigint)
        end as quantity,
        amount,
        tax_amount,
        case when is_tax_inclusive then tax_amount else cast(0 as decimal(38, 9)) end
            as inclusive_tax_amount,
        period_start_at,
        period_end_at
    from lines_stated
)

select * from final

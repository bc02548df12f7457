with lemon_squeezy_invoices as (
    select * from {{ ref('stg_lemon_squeezy__subscription_invoices') }}
),

newest_items as (
    select * from {{ ref('int_lemon_squeezy__items_priced') }}
    where is_newest
),

bills_in_order as (
    select
        invoice_id,
        subscription_id,
        billing_reason,
        created_at,
        lead(created_at) over (
            partition by subscription_id, currency, subtotal_minor, billing_reason = 'updated'
            order by created_at
        ) as next_alike_at,
        lag(created_at) over (
            partition by subscription_id, currency, subtotal_minor, billing_reason = 'updated'
            order by created_at
        ) as alike_before_at,
        lead(created_at) over (
            partition by subscription_id, billing_reason = 'updated' order by created_at
        ) as next_at,
        max(case when billing_reason = 'updated' then created_at end) over (
            partition by subscription_id
        ) as last_updated_at
    from lemon_squeezy_invoices
),

-- How far it is to the next bill of the same amount, from the last one, or to the next of any.
distances as (
    select
        bills.invoice_id,
        newest_items.billing_interval,
        newest_items.billing_interval_count,
        coalesce(bills.last_updated_at > bills.created_at, false) as is_before_a_change,
        case
            when bills.next_alike_at is null and bills.alike_before_at is not null
                then {{ days_between(day_of('bills.alike_before_at'), day_of('bills.created_at')) }}
            else {{ days_between(
                day_of('bills.created_at'), day_of('coalesce(bills.next_alike_at, bills.next_at)')
            ) }}
        end as days,
        newest_items.billing_interval_count * case newest_items.billing_interval
            when 'day' then 1
            when 'week' then 7
            when 'month' then 30
            when 'year' then 365
        end as days_of_newest
    from bills_in_order as bills
    left join newest_items
        on bills.subscription_id = newest_items.subscription_id
),

-- The newest state's interval counts where the distance is like it, or says nothing and nothing was
-- changed since. A pause makes distances of no interval.
final as (
    select
        invoice_id,
        case
            when abs(days - days_of_newest) * 10 <= days_of_newest then billing_interval
            when days in (7, 14) then 'week'
            when days between 28 and 31 or days between 89 and 92 or days between 181 and 184
                then 'month'
            when days between 365 and 366 then 'year'
            when not is_before_a_change then billing_interval
        end as billing_interval,
        case
            when abs(days - days_of_newest) * 10 <= days_of_newest then billing_interval_count
            when days = 14 then 2
            when days = 7 or days between 28 and 31 or days between 365 and 366 then 1
            when days between 89 and 92 then 3
            when days between 181 and 184 then 6
            when not is_before_a_change then billing_interval_count
        end as billing_interval_count
    from distances
)

select * from final

with int_chargebee__discounts_given as (
    select * from {{ ref('int_chargebee__discounts_given') }}
),

int_chargebee__discount_changes as (
    select * from {{ ref('int_chargebee__discount_changes') }}
    where is_planned and is_present
),

newest_first as (
    select
        *,
        row_number() over (partition by discount_id order by version_number desc) as recency
    from int_chargebee__discounts_given
),

final as (
    select
        source_account,
        discount_id,
        coupon_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        duration,
        percent_off,
        amount_off,
        currency,
        started_at,
        ends_at
    from newest_first
    where recency = 1
    union all
    select
        min(source_account) as source_account,
        discount_id,
        cast(null as {{ dbt.type_string() }}) as coupon_id,
        min(customer_id) as customer_id,
        min(subscription_id) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as subscription_item_id,
        min(duration) as duration,
        min(percent_off) as percent_off,
        min(amount_off) as amount_off,
        min(currency) as currency,
        cast(null as {{ timestamp_type() }}) as started_at,
        min(ends_at) as ends_at
    from int_chargebee__discount_changes
    group by discount_id
)

select * from final

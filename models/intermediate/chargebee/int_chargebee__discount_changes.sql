with int_chargebee__phases_planned as (
    select * from {{ ref('int_chargebee__phases_planned') }}
),

chargebee_scheduled_discounts as (
    select * from {{ ref('stg_chargebee__scheduled_discounts') }}
),

coupons_of_items as (
    select coupon_id
    from {{ ref('stg_chargebee__coupons') }}
    where apply_on = 'each_specified_item'
),

int_chargebee__discounts_given as (
    select * from {{ ref('int_chargebee__discounts_given') }}
    where is_newest
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- What is given now, then what each phase changes of it. What stays keeps its terms.
final as (
    select
        source_account,
        customer_id,
        subscription_id,
        cast(0 as bigint) as phase_number,
        0 as renewals_before,
        true as is_present,
        cast(discount_position as bigint) as discount_position,
        given_id,
        coupon_id,
        discount_id,
        false as is_planned,
        subscription_item_id,
        cast(null as {{ dbt.type_string() }}) as list_price_id,
        cast(null as {{ dbt.type_string() }}) as duration,
        cast(null as decimal(38, 12)) as percent_off,
        cast(null as decimal(38, 9)) as amount_off,
        currency,
        ends_at
    from int_chargebee__discounts_given
    union all
    select
        phases.source_account,
        phases.customer_id,
        phases.subscription_id,
        phases.phase_number,
        phases.renewals_before,
        discounts.change <> 'removed' as is_present,
        cast(
            discounts.discount_position
            + case
                when discounts.coupon_id is null then 1000
                when coupons_of_items.coupon_id is not null then -500
                else 500
            end as bigint
        ) as discount_position,
        phases.subscription_id || '/' || coalesce(discounts.coupon_id, discounts.discount_id)
            as given_id,
        discounts.coupon_id,
        case
            when discounts.change = 'kept' and given.discount_id is not null
                then given.discount_id
            when discounts.coupon_id is null
                then phases.subscription_id || '/' || discounts.discount_id || '/planned'
        end as discount_id,
        discounts.coupon_id is null
        and not (discounts.change = 'kept' and given.discount_id is not null) as is_planned,
        given.subscription_item_id,
        discounts.list_price_id,
        discounts.duration,
        discounts.percent_off,
        {{ chargebee_major('discounts.amount_off_cents', 'currency_exponents.exponent') }}
            as amount_off,
        phases.currency,
        discounts.ends_at
    from chargebee_scheduled_discounts as discounts
    inner join int_chargebee__phases_planned as phases
        on discounts.scheduled_change_id = phases.scheduled_change_id
    left join int_chargebee__discounts_given as given
        on
            phases.subscription_id || '/' || coalesce(discounts.coupon_id, discounts.discount_id)
            = given.given_id
    left join coupons_of_items
        on discounts.coupon_id = coupons_of_items.coupon_id
    left join currency_exponents
        on phases.currency = currency_exponents.currency
)

select * from final

with int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
),

int_billing_subscription_tax_rates as (
    select * from {{ ref('int_billing_subscription_tax_rates') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

int_billing_price_currency_options as (
    select * from {{ ref('int_billing_price_currency_options') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

rates_summed as (
    select
        subscription_version_id,
        subscription_item_id,
        sum(case when is_inclusive then tax_percentage else 0 end) as inclusive_percent
    from int_billing_subscription_tax_rates
    group by
        subscription_version_id,
        subscription_item_id
),

-- An item's own rates replace those of the subscription. Whether the price holds the tax, it says for
-- each currency that it is given in.
rates_of_versions as (
    select
        item_versions.subscription_id,
        item_versions.subscription_item_id,
        item_versions.valid_from,
        case
            when coalesce(currency_options.tax_behavior, prices.tax_behavior) = 'exclusive' then 0
            else coalesce(rates_of_items.inclusive_percent, rates_of_all.inclusive_percent)
        end as inclusive_percent
    from int_billing_subscription_item_versions as item_versions
    left join int_billing_prices as prices
        on item_versions.price_id = prices.price_id
    left join int_mrr_subscriptions
        on item_versions.subscription_id = int_mrr_subscriptions.subscription_id
    left join int_billing_price_currency_options as currency_options
        on
            item_versions.price_id = currency_options.price_id
            and int_mrr_subscriptions.currency = currency_options.currency
    left join rates_summed as rates_of_items
        on
            item_versions.subscription_version_id = rates_of_items.subscription_version_id
            and item_versions.subscription_item_id = rates_of_items.subscription_item_id
    left join rates_summed as rates_of_all
        on
            item_versions.subscription_version_id = rates_of_all.subscription_version_id
            and rates_of_all.subscription_item_id is null
    where item_versions.valid_from <= {{ as_of_timestamp() }}
),

rates_compared as (
    select
        *,
        lag(inclusive_percent) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as percent_before
    from rates_of_versions
),

-- A version without any rate says nothing of the tax: rates were taken away, or tax is automatic.

final as (
    select
        subscription_id,
        subscription_item_id,
        valid_from,
        cast(inclusive_percent as decimal(9, 6)) as inclusive_percent
    from rates_compared
    where coalesce(inclusive_percent, -1) <> coalesce(percent_before, -1)
)

select * from final

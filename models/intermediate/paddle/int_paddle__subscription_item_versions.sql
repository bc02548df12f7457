with paddle_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
),

paddle_subscriptions as (
    select * from {{ ref('stg_paddle__subscription_history') }}
),

int_paddle__billed_terms as (
    select * from {{ ref('int_paddle__billed_terms') }}
),

items_priced as (
    select
        paddle_items.*,
        {{ paddle_price_key('paddle_items') }} as snapshot_price_id,
        paddle_subscriptions.currency as subscription_currency,
        paddle_subscriptions.current_period_start_at,
        paddle_subscriptions.current_period_end_at,
        paddle_subscriptions.valid_from,
        paddle_subscriptions.valid_to,
        paddle_subscriptions.is_newest,
        paddle_items.list_price_id || '@' || paddle_subscriptions.currency || ':unknown'
            as unknown_price_id
    from paddle_items
    inner join paddle_subscriptions
        on paddle_items.subscription_version_id = paddle_subscriptions.subscription_version_id
    where paddle_items.is_recurring
),

-- A price in another currency than the subscription's is known from bills alone, else not at all.
final as (
    select
        items_priced.source_account,
        items_priced.subscription_version_id,
        items_priced.item_position,
        items_priced.subscription_id || '/' || items_priced.list_price_id as subscription_item_id,
        items_priced.subscription_id,
        case
            when billed_terms.price_id is not null then billed_terms.price_id
            when
                coalesce(items_priced.subscription_currency, items_priced.currency)
                <> items_priced.currency
                then items_priced.unknown_price_id
            else items_priced.snapshot_price_id
        end as price_id,
        items_priced.product_id,
        items_priced.quantity,
        coalesce(items_priced.created_at, items_priced.valid_from) as created_at,
        items_priced.current_period_start_at,
        items_priced.current_period_end_at,
        items_priced.valid_from,
        items_priced.valid_to,
        items_priced.is_newest
    from items_priced
    left join int_paddle__billed_terms as billed_terms
        on
            items_priced.subscription_id = billed_terms.subscription_id
            and items_priced.snapshot_price_id = billed_terms.snapshot_price_id
            and items_priced.subscription_currency = billed_terms.billed_currency
            and items_priced.valid_from >= billed_terms.valid_from
            and items_priced.valid_from < {{ until('billed_terms.valid_to') }}
)

select * from final

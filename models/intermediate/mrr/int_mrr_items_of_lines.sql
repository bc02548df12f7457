with int_billing_invoice_lines as (
    select *
    from {{ ref('int_billing_invoice_lines') }}
    where subscription_id is not null and price_id is not null
),

int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
),

items_seen as (
    select
        subscription_id,
        price_id,
        subscription_item_id,
        coalesce(created_at, valid_from) as seen_at
    from int_billing_subscription_item_versions
    union all
    select
        subscription_id,
        price_id,
        subscription_item_id,
        period_start_at as seen_at
    from int_billing_invoice_lines
    where subscription_item_id is not null
),

items_with_price as (
    select
        subscription_id,
        price_id,
        subscription_item_id,
        min(seen_at) as begins_at
    from items_seen
    group by
        subscription_id,
        price_id,
        subscription_item_id
),

-- A charge is for an item that began by then, a credit for one that was there before.
candidates as (
    select
        invoice_lines.invoice_line_id,
        items_with_price.subscription_item_id,
        items_with_price.begins_at,
        case
            when
                items_with_price.begins_at < invoice_lines.period_start_at
                or (
                    items_with_price.begins_at = invoice_lines.period_start_at
                    and invoice_lines.amount >= 0
                )
                then items_with_price.begins_at
        end as began_at
    from int_billing_invoice_lines as invoice_lines
    inner join items_with_price
        on
            invoice_lines.subscription_id = items_with_price.subscription_id
            and invoice_lines.price_id = items_with_price.price_id
    where invoice_lines.subscription_item_id is null
),

-- Of several items that had the price one after the other the last that began is meant.
candidates_ranked as (
    select
        *,
        row_number() over (
            partition by invoice_line_id
            order by
                case when began_at is null then 1 else 0 end asc,
                began_at desc,
                begins_at asc,
                {{ in_byte_order('subscription_item_id') }} asc
        ) as preference
    from candidates
),

final as (
    select
        invoice_line_id,
        subscription_item_id
    from candidates_ranked
    where preference = 1
)

select * from final

{{ config(materialized='table') }}

with int_paddle__lines_with_terms as (
    select * from {{ ref('int_paddle__lines_with_terms') }}
),

paddle_subscription_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
    where trial_end_at is not null
),

trials as (
    select
        subscription_id,
        list_price_id,
        max(trial_end_at) as trial_end_at
    from paddle_subscription_items
    group by
        subscription_id,
        list_price_id
),

lines_compared as (
    select
        *,
        not is_proration and quantity <> 0 and currency = billed_currency as is_comparable,
        {{ amount_of_units('unit_amount_minor', 'quantity') }} as listed_minor,
        cast(subtotal_minor as decimal(24, 6))
        * cast(1 + coalesce(tax_rate, 0) as decimal(12, 6)) as subtotal_with_tax_minor,
        coalesce(
            unit_subtotal_minor,
            cast({{ exact_divide('subtotal_minor', 'quantity') }} as decimal(38, 12))
        ) as billed_unit_minor
    from int_paddle__lines_with_terms
),

-- A line that charges for whole periods shows where the tax is: inside the price, or on top. Where
-- it fits neither way, the price is another one for the customer's country.
lines_judged as (
    select
        *,
        case
            when not is_comparable then null
            when
                coalesce(tax_mode, '') <> 'internal'
                and abs(subtotal_minor - listed_minor) <= abs(quantity)
                then 'on_top'
            when
                coalesce(tax_mode, '') <> 'external'
                and abs(subtotal_with_tax_minor - listed_minor) <= abs(quantity) + 1
                then 'inside'
            when is_terms_own then 'billed'
        end as tax_seen
    from lines_compared
),

lines_told as (
    select
        *,
        case
            when currency <> billed_currency then 'billed'
            when tax_seen is not null then tax_seen
            when tax_mode = 'internal' then 'inside'
            when tax_mode = 'external' then 'on_top'
            else coalesce(
                max(case when tax_seen <> 'billed' then tax_seen end) over (
                    partition by list_price_id
                ),
                'on_top'
            )
        end as tax_basis
    from lines_judged
),

amounts as (
    select
        *,
        case
            when tax_basis <> 'inside' then subtotal_minor
            when taken_off_minor = 0 then total_minor
            when is_comparable then listed_minor
            else total_minor + round(
                cast(taken_off_minor as decimal(24, 6))
                * cast(1 + coalesce(tax_rate, 0) as decimal(12, 6)), 0
            )
        end as gross_minor
    from lines_told
),

amounts_dated as (
    select
        amounts.*,
        coalesce(
            amounts.period_start_at, amounts.invoice_period_start_at,
            amounts.billed_at, amounts.invoice_created_at
        ) as starts_at,
        trials.trial_end_at
    from amounts
    left join trials
        on
            amounts.subscription_id = trials.subscription_id
            and amounts.list_price_id = trials.list_price_id
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        coupon_id,
        list_price_id,
        product_id,
        description,
        quantity,
        is_proration,
        coalesce(starts_at < trial_end_at, false) as is_trial,
        billing_interval,
        billing_interval_count,
        tax_basis,
        currency as terms_currency,
        billed_currency,
        billed_unit_minor,
        case
            when tax_basis <> 'billed' then {{ paddle_price_key('amounts_dated') }}
            when not is_proration then {{ paddle_billed_price_key('amounts_dated') }}
        end as price_id,
        {{ paddle_price_key('amounts_dated') }} as snapshot_price_id,
        {{ to_major_units('gross_minor', 'currency_exponent') }} as amount,
        {{ to_major_units(
            "case when tax_basis = 'inside' then gross_minor - total_minor else taken_off_minor end",
            'currency_exponent'
        ) }} as discount_amount,
        {{ to_major_units('coalesce(tax_minor, 0)', 'currency_exponent') }} as tax_amount,
        {{ to_major_units(
            "case when tax_basis = 'inside' then coalesce(tax_minor, 0) else 0 end",
            'currency_exponent'
        ) }} as inclusive_tax_amount,
        starts_at as period_start_at,
        coalesce(period_end_at, invoice_period_end_at, billed_at, invoice_created_at)
            as period_end_at,
        billed_at
    from amounts_dated
)

select * from final

with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

int_mrr_tax_rates_of_versions as (
    select * from {{ ref('int_mrr_tax_rates_of_versions') }}
),

-- What was billed before tax was first put on a subscription was without any.
subscriptions_with_tax as (
    select subscription_id
    from int_billing_invoice_lines
    where inclusive_tax_amount > 0
    union
    select subscription_id
    from int_mrr_tax_rates_of_versions
    where inclusive_percent > 0
),

-- Automatic tax names no rate on the subscription: each invoice says how much it was.
lines_with_tax as (
    select
        proven_lines.subscription_id,
        proven_lines.subscription_item_id,
        proven_lines.period_start_at,
        invoice_lines.inclusive_tax_amount,
        invoice_lines.net_amount + invoice_lines.inclusive_tax_amount as taxed_amount,
        {{ exact_divide(
            '100 * invoice_lines.inclusive_tax_amount', 'invoice_lines.net_amount', 6
        ) }} as percent_billed,
        -- Half a minor unit, with which the provider rounds
        case currency_exponents.exponent
            when 0 then cast(0.5 as decimal(5, 4))
            when 3 then cast(0.0005 as decimal(5, 4))
            else cast(0.005 as decimal(5, 4))
        end as rounding,
        row_number() over (
            partition by
                proven_lines.subscription_id,
                proven_lines.subscription_item_id,
                proven_lines.period_start_at,
                proven_lines.is_proration
            order by proven_lines.invoice_created_at desc, invoice_lines.amount desc
        ) as preference,
        proven_lines.is_proration,
        min(case when proven_lines.is_proration then 1 else 0 end) over (
            partition by proven_lines.subscription_id, proven_lines.subscription_item_id
        ) as is_never_whole
    from int_mrr_proven_lines as proven_lines
    inner join subscriptions_with_tax
        on proven_lines.subscription_id = subscriptions_with_tax.subscription_id
    inner join int_billing_invoice_lines as invoice_lines
        on
            proven_lines.invoice_id = invoice_lines.invoice_id
            and proven_lines.subscription_id = invoice_lines.subscription_id
            and proven_lines.price_id = invoice_lines.price_id
            and proven_lines.period_start_at = invoice_lines.period_start_at
    left join currency_exponents
        on invoice_lines.currency = currency_exponents.currency
    where invoice_lines.net_amount > 0
),

-- The amount was rounded, the rate is not: the plainest one that comes to the amount.
percentages_tried as (
    select
        subscription_id,
        subscription_item_id,
        period_start_at,
        inclusive_tax_amount,
        taxed_amount,
        rounding,
        percent_billed,
        cast(round(percent_billed, 0) as decimal(9, 6)) as whole_percent,
        cast(round(percent_billed, 1) as decimal(9, 6)) as percent_of_one_decimal,
        cast(round(percent_billed, 2) as decimal(9, 6)) as percent_of_two_decimals
    from lines_with_tax
    -- a part of a period is rounded most: it tells where no whole one does
    where preference = 1 and (not is_proration or is_never_whole = 1)
),

final as (
    select
        subscription_id,
        subscription_item_id,
        period_start_at as valid_from,
        case
            when
                abs({{ inclusive_tax('taxed_amount', 'whole_percent') }} - inclusive_tax_amount)
                <= rounding
                then whole_percent
            when
                abs(
                    {{ inclusive_tax('taxed_amount', 'percent_of_one_decimal') }}
                    - inclusive_tax_amount
                ) <= rounding
                then percent_of_one_decimal
            when
                abs(
                    {{ inclusive_tax('taxed_amount', 'percent_of_two_decimals') }}
                    - inclusive_tax_amount
                ) <= rounding
                then percent_of_two_decimals
            else cast(percent_billed as decimal(9, 6))
        end as inclusive_percent
    from percentages_tried
)

select * from final

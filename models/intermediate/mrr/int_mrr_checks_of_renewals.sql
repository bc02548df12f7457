with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
    where
        invoice_status = 'paid'
        and is_recurring
        and not is_proration
        and coalesce(usage_type, 'licensed') <> 'metered'
),

-- Called paid, and taken away by credit notes before anybody paid.
invoices_credited as (
    select invoice_id
    from {{ ref('int_billing_invoices') }}
    where invoice_status = 'paid' and total > 0 and pre_payment_credit_notes_amount >= total
),

int_billing_invoice_line_discounts as (
    select * from {{ ref('int_billing_invoice_line_discounts') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
    where duration = 'once'
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
    where not is_proration and amount > 0
),

int_mrr_segments as (
    select * from {{ ref('int_mrr_segments') }}
    where not is_usage
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- A discount for one invoice does not count in a period of a month.
discounts_for_one_invoice as (
    select
        line_discounts.invoice_line_id,
        sum(line_discounts.discount_amount) as discount_amount
    from int_billing_invoice_line_discounts as line_discounts
    inner join int_billing_discounts
        on line_discounts.discount_id = int_billing_discounts.discount_id
    group by line_discounts.invoice_line_id
),

-- A line below zero beside one of its item and period is a discount that somebody wrote so.
renewals as (
    select
        min(lines.invoice_line_id) as invoice_line_id,
        proven_lines.subscription_id,
        proven_lines.subscription_item_id,
        proven_lines.period_start_at,
        lines.currency,
        max(coalesce(lines.billing_interval, prices.billing_interval)) as billing_interval,
        max(coalesce(lines.billing_interval_count, prices.billing_interval_count))
            as billing_interval_count,
        sum(
            lines.net_amount + case
                when {{ is_longer_than_a_month(
                    'coalesce(lines.billing_interval, prices.billing_interval)',
                    'coalesce(lines.billing_interval_count, prices.billing_interval_count)'
                ) }} then 0
                else coalesce(discounts_for_one_invoice.discount_amount, 0)
            end
        ) as amount
    from int_billing_invoice_lines as lines
    inner join int_mrr_proven_lines as proven_lines
        on
            lines.invoice_id = proven_lines.invoice_id
            and lines.subscription_id = proven_lines.subscription_id
            and lines.price_id = proven_lines.price_id
            and lines.period_start_at = proven_lines.period_start_at
            and coalesce(lines.subscription_item_id, proven_lines.subscription_item_id)
            = proven_lines.subscription_item_id
    left join int_billing_prices as prices
        on lines.price_id = prices.price_id
    left join discounts_for_one_invoice
        on lines.invoice_line_id = discounts_for_one_invoice.invoice_line_id
    left join invoices_credited
        on lines.invoice_id = invoices_credited.invoice_id
    where invoices_credited.invoice_id is null
    group by
        lines.invoice_id,
        proven_lines.subscription_id,
        proven_lines.subscription_item_id,
        proven_lines.period_start_at,
        lines.currency
),

-- Discount and tax of a line are each rounded to a minor unit.
renewals_valued as (
    select
        renewals.*,
        {{ monthly_amount(
            'renewals.amount', 'renewals.billing_interval', 'renewals.billing_interval_count'
        ) }} as expected,
        {{ monthly_amount(
            "case currency_exponents.exponent when 0 then 2 when 3 then 0.002 else 0.02 end",
            'renewals.billing_interval',
            'renewals.billing_interval_count'
        ) }} as tolerance
    from renewals
    left join currency_exponents
        on renewals.currency = currency_exponents.currency
),

final as (
    select
        renewals_valued.invoice_line_id,
        subscriptions.customer_id,
        renewals_valued.period_start_at,
        renewals_valued.currency,
        renewals_valued.expected,
        coalesce(segments.mrr, cast(0 as decimal(38, 9))) as actual,
        coalesce(
            abs(renewals_valued.expected - segments.mrr) <= renewals_valued.tolerance, false
        ) as is_tied
    from renewals_valued
    inner join int_mrr_subscriptions as subscriptions
        on renewals_valued.subscription_id = subscriptions.subscription_id
    left join int_mrr_segments as segments
        on
            renewals_valued.subscription_id = segments.subscription_id
            and renewals_valued.subscription_item_id = segments.subscription_item_id
            and renewals_valued.period_start_at >= segments.valid_from
            and renewals_valued.period_start_at < {{ until('segments.valid_to') }}
)

select * from final

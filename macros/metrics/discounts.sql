{% macro left_by_discounts(slice_discounts, most=20) -%}
    {#- What discounts leave of the list amount of each slice, tax included: a select of book,
        subscription_id, subscription_item_id, valid_from, left_over, taken from rows in the shape of
        int_mrr_slice_discounts. Discounts are taken one after the other by `discount_number`; Stripe
        allows 20 of them. Steps rather than recursion, which Spark does not have. -#}
    {%- set key = ['book', 'subscription_id', 'subscription_item_id', 'valid_from'] -%}
    with step_0 as (
        select
            book,
            subscription_id,
            subscription_item_id,
            valid_from,
            max(gross_mrr) as left_over,
            max(max(discount_number)) over (
                partition by book, subscription_id, valid_from
            ) as discounts
        from {{ slice_discounts }}
        group by {{ key | join(', ') }}
    )
    {%- for number in range(1, most + 1) %},

    seen_{{ number }} as (
        select
            so_far.book,
            so_far.subscription_id,
            so_far.subscription_item_id,
            so_far.valid_from,
            so_far.discounts,
            so_far.left_over,
            slice_discounts.percent_off,
            case when slice_discounts.is_on_every_invoice then so_far.left_over end
                as left_on_invoice,
            sum(case when slice_discounts.is_on_every_invoice then so_far.left_over end) over (
                partition by so_far.book, so_far.subscription_id, so_far.valid_from
            ) as left_on_whole_invoice,
            slice_discounts.monthly_amount_off
        from step_{{ number - 1 }} as so_far
        left join {{ slice_discounts }} as slice_discounts
            on
                so_far.book = slice_discounts.book
                and so_far.subscription_id = slice_discounts.subscription_id
                and so_far.subscription_item_id = slice_discounts.subscription_item_id
                and so_far.valid_from = slice_discounts.valid_from
                and slice_discounts.discount_number = {{ number }}
        where so_far.discounts >= {{ number }}
    ),

    step_{{ number }} as (
        select
            book,
            subscription_id,
            subscription_item_id,
            valid_from,
            {{ left_by_one_discount(
                'left_over', 'percent_off', 'monthly_amount_off', 'left_on_invoice',
                'left_on_whole_invoice'
            ) }} as left_over,
            discounts
        from seen_{{ number }}
    )
    {%- endfor %}
    {%- for number in range(1, most + 1) %}
    select {{ key | join(', ') }}, left_over
    from step_{{ number }}
    where discounts = {{ number }}{{ ' or discounts > ' ~ most if loop.last }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro left_by_one_discount(left_over, percent, amount, on_invoice, on_whole_invoice) -%}
    {#- What one discount leaves of an item: a percentage of it, or its share, by weight, of an amount
        that is taken from all lines of an invoice together and never more than they are. -#}
    case
        when {{ percent }} is not null
            then cast(round(
                cast({{ left_over }} as decimal(24, 9))
                * cast(1 - cast({{ percent }} as decimal(12, 9)) * 0.01 as decimal(14, 12)),
                9
            ) as decimal(38, 9))
        when {{ on_invoice }} > 0 and {{ amount }} >= {{ on_whole_invoice }}
            then cast(0 as decimal(38, 9))
        when {{ on_invoice }} > 0 and {{ amount }} > 0
            then greatest(
                {{ left_over }} - {{ share_of(amount, on_invoice, on_whole_invoice) }},
                cast(0 as decimal(38, 9))
            )
        else {{ left_over }}
    end
{%- endmacro %}

{#
    How recurring revenue is measured. One expression each; amounts are decimals in major units.
#}

{% macro monthly_amount(amount, billing_interval, billing_interval_count) -%}
    {#- An amount per billing interval as an amount per month, decimal(38, 9), rounded half away from
        zero: day 365/12, week 52/12, month 1, year 1/12, each divided by the number of intervals.
        Null for an unknown interval. -#}
    {{ exact_divide(
        'cast(' ~ amount ~ ' as decimal(24, 9)) * case ' ~ billing_interval
        ~ " when 'day' then 365 when 'week' then 52 when 'month' then 12 when 'year' then 1 end",
        '12 * coalesce(' ~ billing_interval_count ~ ', 1)'
    ) }}
{%- endmacro %}

{% macro is_longer_than_a_month(billing_interval, billing_interval_count) -%}
    {#- Whether a billing interval is longer than a month by the factors of `monthly_amount`. -#}
    (
        case {{ billing_interval }}
            when 'day' then 12 * coalesce({{ billing_interval_count }}, 1) > 365
            when 'week' then 12 * coalesce({{ billing_interval_count }}, 1) > 52
            when 'month' then coalesce({{ billing_interval_count }}, 1) > 1
            when 'year' then true
            else false
        end
    )
{%- endmacro %}

{% macro billable_units(quantity, divide_by, round_to) -%}
    {#- Units that a price charges for: the quantity, or packages of `divide_by` of it, rounded up
        or down. -#}
    case
        when {{ divide_by }} is null or {{ divide_by }} <= 1 then cast({{ quantity }} as bigint)
        when {{ round_to }} = 'down'
            then cast(({{ quantity }} - mod({{ quantity }}, {{ divide_by }})) / {{ divide_by }} as bigint)
        else cast(
            (
                {{ quantity }} + {{ divide_by }} - 1
                - mod({{ quantity }} + {{ divide_by }} - 1, {{ divide_by }})
            ) / {{ divide_by }} as bigint
        )
    end
{%- endmacro %}

{% macro inclusive_tax(amount, tax_percent) -%}
    {#- Tax inside an amount, decimal(38, 9): amount x rate / (100 + rate). Zero without a rate. -#}
    coalesce({{ exact_divide(
        'round(cast(' ~ amount ~ ' as decimal(24, 9)) * cast(' ~ tax_percent ~ ' as decimal(9, 6)), 9)',
        '100 + cast(' ~ tax_percent ~ ' as decimal(9, 6))'
    ) }}, cast(0 as decimal(38, 9)))
{%- endmacro %}

{% macro in_report_currency(amount, currency, usd_per_unit, usd_per_report_unit) -%}
    {#- An amount in the report currency, decimal(38, 9), by the day's rates of both currencies:
        amounts of up to 15 digits before the point, rates with up to 12 decimals. -#}
    case
        when {{ currency }} = '{{ report_currency() }}' then cast({{ amount }} as decimal(38, 9))
        else {{ exact_divide(
            '1000 * round(cast(' ~ amount ~ ' as decimal(24, 9)) * cast(' ~ usd_per_unit
            ~ ' as decimal(18, 12)), 12)',
            '1000 * cast(' ~ usd_per_report_unit ~ ' as decimal(18, 12))'
        ) }}
    end
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    {#- numerator / denominator with 9 decimals; null where there is nothing to divide by. -#}
    {{ exact_divide(numerator, denominator, 9) }}
{%- endmacro %}

{% macro sum_of_type(amount, movement_type, wanted) -%}
    {#- Sum of an amount over the rows of one movement type, decimal(38, 9), zero for none. -#}
    cast(
        coalesce(sum(case when {{ movement_type }} = '{{ wanted }}' then {{ amount }} end), 0)
        as decimal(38, 9)
    )
{%- endmacro %}

{% macro evidence_rank(evidence) -%}
    {#- 1 for the best kind of evidence; at one instant the better one wins. -#}
    case {{ evidence }}
        when 'event' then 1
        when 'status_history' then 2
        when 'snapshot' then 3
        when 'schedule' then 4
        else 5
    end
{%- endmacro %}

{% macro customer_lifetime(churned, opening, months_at_most=60, fewest_without_churn=100) -%}
    {#- Months that a customer stays at this month's churn, 1 / churn, at most 60, as `ltv` caps it.
        Where nobody left, the cap serves if there were customers enough to say so, else null. -#}
    case
        when {{ churned }} = 0 and {{ opening }} < {{ fewest_without_churn }} then null
        when {{ churned }} * {{ months_at_most }} <= {{ opening }}
            then cast({{ months_at_most }} as decimal(38, 9))
        else {{ exact_divide(opening, churned, 9) }}
    end
{%- endmacro %}

{% macro growth_trend(now, before, long_before) -%}
    {#- A word for how MRR grows, of its levels now, three and six months before: shrinking (below
        three months before), else accelerating or slowing where the growth of these three months is
        more than one point of a percent above or below that of the three before, else steady. Null
        where one of the levels before is not above zero. -#}
    case
        when coalesce({{ before }}, 0) <= 0 or coalesce({{ long_before }}, 0) <= 0 then null
        when {{ now }} < {{ before }} then 'shrinking'
        when {{ ratio(now, before) }} - {{ ratio(before, long_before) }} > 0.01 then 'accelerating'
        when {{ ratio(now, before) }} - {{ ratio(before, long_before) }} < -0.01 then 'slowing'
        else 'steady'
    end
{%- endmacro %}

{% macro ltv(arpa, churn, customers, months_at_most=60, fewest_without_churn=100) -%}
    {#- Lifetime value of a customer: ARPA / monthly customer churn, at most 60 months of it. Where
        nobody left, the cap serves if there were customers enough to say so, else null. -#}
    case
        when {{ churn }} is null then null
        when {{ churn }} = 0 and {{ customers }} < {{ fewest_without_churn }} then null
        when {{ churn }} * {{ months_at_most }} <= 1
            then cast({{ arpa }} * {{ months_at_most }} as decimal(38, 9))
        else {{ exact_divide(arpa, churn) }}
    end
{%- endmacro %}

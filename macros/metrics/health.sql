{#
    Health of a paying customer: four parts of 0 to 25 points, each null where nothing is known of it.
    The score is the share of the points that could be had. What takes all points of a part, or a
    cancellation, puts a customer at risk.
#}

{% macro health_of_use(events, events_before) -%}
    {#- 25 as much use as in the 28 days before; 15 down by more than a fifth, 8 by more than half, 0
        no use any more; null where it was never used. -#}
    case
        when {{ events }} + {{ events_before }} = 0 then null
        when {{ events }} = 0 then 0
        when {{ events }} * 2 < {{ events_before }} then 8
        when {{ events }} * 5 < {{ events_before }} * 4 then 15
        else 25
    end
{%- endmacro %}

{% macro health_of_payment(at_risk_mrr) -%}
    {#- 0 while a part of the MRR is past due, else 25. -#}
    case when {{ at_risk_mrr }} > 0 then 0 else 25 end
{%- endmacro %}

{% macro health_of_margin(revenue, cost) -%}
    {#- 0 a loss after AI cost in 30 days, 12 a margin below a fifth of revenue, else 25; null without
        revenue and cost. -#}
    case
        when {{ revenue }} = 0 and {{ cost }} = 0 then null
        when {{ revenue }} < {{ cost }} then 0
        when ({{ revenue }} - {{ cost }}) * 5 < {{ revenue }} then 12
        else 25
    end
{%- endmacro %}

{% macro health_of_plan(recommendation) -%}
    {#- 10 little of the plan is used, 20 it is outgrown, else 25; null without a limit. -#}
    case {{ recommendation }}
        when 'churn_risk' then 10
        when 'upgrade' then 20
        when 'custom_plan' then 20
        when 'keep' then 25
        when 'review_price' then 25
    end
{%- endmacro %}

{% macro health_reasons(use, payment, margin, plan, leaves_at) -%}
    {#- What is amiss as text, parts separated by '; '; 'nothing amiss' where nothing is. -#}
    {%- set found = [
        ('case when ' ~ leaves_at ~ ' is not null then', 'has cancelled'),
        ('case ' ~ payment ~ ' when 0 then', 'a payment is past due'),
        ('case ' ~ use ~ ' when 0 then', 'no use in 28 days'),
        ('case ' ~ use ~ ' when 8 then', 'use down by more than half'),
        ('case ' ~ use ~ ' when 15 then', 'use down by more than a fifth'),
        ('case ' ~ margin ~ ' when 0 then', 'AI cost above revenue in 30 days'),
        ('case ' ~ margin ~ ' when 12 then', 'margin below 20 % in 30 days'),
        ('case ' ~ plan ~ ' when 10 then', 'uses little of its plan'),
        ('case ' ~ plan ~ ' when 20 then', 'has outgrown its plan'),
    ] -%}
    coalesce(
        nullif(
            substring(
                concat(
                    {% for condition, words in found -%}
                    {{ condition }} '; {{ words }}' else '' end{{ ',' if not loop.last }}
                    {% endfor %}
                ),
                3
            ),
            ''
        ),
        'nothing amiss'
    )
{%- endmacro %}

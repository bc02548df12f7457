{% macro recognised_minor(total, elapsed, days) -%}
    {#- Minor units recognised to date of a whole-number total: total x elapsed / days, half up by
        size, then sign; `elapsed` is cut to 0 .. days. A day's revenue is the difference of two
        to-dates, so that the days add up to the total whatever their number. -#}
    (
        cast(sign({{ total }}) as decimal(1, 0)) * {{ floor_divide(
            '2 * cast(abs(' ~ total ~ ') as decimal(28, 0))'
            ~ ' * least(greatest(' ~ elapsed ~ ', 0), ' ~ days ~ ') + ' ~ days,
            '2 * ' ~ days
        ) }}
    )
{%- endmacro %}

{% macro recognised_usd(span, elapsed) -%}
    {#- US dollars recognised to date of a row of fct_revenue_spans, decimal(38, 9): the feature's
        part of the line is what the parts up to it have less what the parts before it have, so
        that the features of a line add up to the line on every day. The cast keeps DuckDB from
        multiplying within 18 digits, which end at a million dollars. -#}
    round(
        cast(
            {{ recognised_minor(span ~ '.minor_units_to_here', elapsed, span ~ '.service_days') }}
            - {{ recognised_minor(span ~ '.minor_units_before', elapsed, span ~ '.service_days') }}
            as decimal(26, 0)
        ) * {{ span }}.usd_per_minor_unit,
        9
    )
{%- endmacro %}

{% macro revenue_horizon() -%}
    {#- First UTC day that no revenue is recognised for yet: the day after the clock's. At midnight,
        which a clock given as a day means, the day that would begin has not. -#}
    cast({{ dbt.dateadd(
        'day', 1, day_of(dbt.dateadd('second', -1, as_of_timestamp()))
    ) }} as date)
{%- endmacro %}

{% macro share_of_revenue(cost, revenue) -%}
    {#- cost / revenue, decimal(38, 9); null where nothing is earned. -#}
    {{ exact_divide(cost, 'nullif(greatest(' ~ revenue ~ ', 0), 0)') }}
{%- endmacro %}

{% macro margin_rate(revenue, cost) -%}
    {#- (revenue - cost) / revenue, decimal(38, 9); null where nothing is earned. -#}
    {{ exact_divide(revenue ~ ' - ' ~ cost, 'nullif(greatest(' ~ revenue ~ ', 0), 0)') }}
{%- endmacro %}

{% macro is_span_id(event_id) -%}
    {#- Whether an event is a span of OpenTelemetry: its id is a trace's and a span's, 48 hexadecimal
        digits together. -#}
    (
        length({{ event_id }}) = 48
        and translate({{ event_id }}, '0123456789abcdef', '') = ''
    )
{%- endmacro %}

{% macro failed_calls(status_code, least=400) -%}
    {#- How many calls of a group ended with this HTTP status or a higher one, bigint; null where the
        status of none is known, since a call that says nothing has not succeeded for that. -#}
    case
        when count({{ status_code }}) > 0
            then cast(count(case when {{ status_code }} >= {{ least }} then 1 end) as bigint)
    end
{%- endmacro %}

{% macro hour_of_most(moment) -%}
    {#- The UTC hour (0 to 23) that most of a group's rows are in, integer; of several the earliest.
        Counting by 24 conditions is cheaper than another grouping by hour, and its join. -#}
    cast(23 - mod(greatest(
        {%- for hour in range(24) %}
        count(case when extract(hour from {{ moment }}) = {{ hour }} then 1 end) * 100
        + {{ 23 - hour }}{{ ',' if not loop.last }}
        {%- endfor %}
    ), 100) as integer)
{%- endmacro %}

{% macro count_of_type(event_type) -%}
    {#- How many events of a group are of a type, bigint. -#}
    cast(count(case when event_type = '{{ event_type }}' then 1 end) as bigint)
{%- endmacro %}

{% macro count_of_llm_calls() -%}
    {#- How many events of a group are LLM calls, bigint: what the app's own cache answered is none. -#}
    cast(
        count(case when event_type = 'llm_request' and not coalesce(is_cache_hit, false) then 1 end)
        as bigint
    )
{%- endmacro %}

{% macro stated_cache_size() -%}
    {#- The size of the app's cache that an event states, `cache_size_bytes` among its properties, in
        whole bytes; null where it states none, or no number. JSON is read only where it is. -#}
    case
        when properties like '%cache_size_bytes%'
            then {{ safe_decimal(json_text('properties', 'cache_size_bytes'), 18, 0) }}
    end
{%- endmacro %}

{% macro price_with_overage() -%}
    {#- What a month of a plan comes to, plan_price_usd and what calls above the allowance would cost;
        a plan without a price for these charges nothing. Null where the calls are not known. -#}
    cast(
        case
            when allowance is null or overage_calls = 0 or overage_usd_per_call is null
                then plan_price_usd
            else plan_price_usd + overage_calls * overage_usd_per_call
        end as decimal(38, 9)
    )
{%- endmacro %}

{% macro upsell_share() -%}
    {#- Share of a plan's calls above which it is outgrown: the var of that name, as decimal(9, 6). -#}
    cast({{ var('upsell_share') }} as decimal(9, 6))
{%- endmacro %}

{% macro upsell_percent() -%}
    {#- The same share in percent, as short text. -#}
    {{ '%g' % (var('upsell_share') * 100) }}
{%- endmacro %}

{% macro churn_risk_share() -%}
    {#- Share of a plan's calls below which little of it is used, as decimal(9, 6). -#}
    cast({{ var('churn_risk_share') }} as decimal(9, 6))
{%- endmacro %}

{% macro plan_recommendation(calls, allowance, fitting_calls, loses_money, is_complete) -%}
    {#- What to do about a customer with so many calls in a month: `upgrade` or `custom_plan` above
        the share of the allowance that says it is outgrown (a bigger plan that fits is on sale, or
        none is); `review_price` for one that costs more than it brings; `churn_risk` for one that
        used little of its plan in a complete month: to sell it less would only hasten its going;
        else `keep`. Null without a limit or where calls are not known.
        `fitting_calls` is the limit of the smallest plan that fits, null where none does. -#}
    case
        when {{ allowance }} is null or {{ calls }} is null then null
        when {{ calls }} > {{ allowance }} * {{ upsell_share() }} then
            case
                when {{ fitting_calls }} > {{ allowance }} then 'upgrade'
                else 'custom_plan'
            end
        when {{ loses_money }} then 'review_price'
        when {{ calls }} < {{ allowance }} * {{ churn_risk_share() }} and {{ is_complete }}
            then 'churn_risk'
        else 'keep'
    end
{%- endmacro %}

{% macro plan_recommendation_reason(
    recommendation, calls, allowance, plan_name, fitting_plan_name, fitting_calls, revenue, cost
) -%}
    {#- The reason of a recommendation as a sentence with its numbers. -#}
    case
        when {{ allowance }} is null then 'No plan with a limit of calls'
        when {{ calls }} is null then 'No events were loaded of this month or before'
        else
            cast({{ calls }} as {{ dbt.type_string() }}) || ' of '
            || cast({{ allowance }} as {{ dbt.type_string() }}) || ' calls of '
            || coalesce({{ plan_name }}, 'the plan') || ' used' || case {{ recommendation }}
                when 'upgrade' then
                    ': more than {{ upsell_percent() }} %. '
                    || {{ fitting_plan_name }} || ' includes '
                    || cast({{ fitting_calls }} as {{ dbt.type_string() }})
                when 'custom_plan' then
                    ': more than {{ upsell_percent() }} %, and no plan on sale'
                    || ' includes more'
                when 'review_price' then
                    ': brought ' || {{ money_text(revenue) }} || ' dollars and cost '
                    || {{ money_text(cost) }} || ' of AI'
                when 'churn_risk' then
                    ': less than {{ '%g' % (var('churn_risk_share') * 100) }} %'
                else ''
            end
    end
{%- endmacro %}

{% macro cost_per_llm_call(cost, calls) -%}
    {#- The cost of a period / its LLM calls, US dollars with 9 decimals; null without calls. An LLM
        call reached a provider: what the app's own cache answered is none. -#}
    {{ exact_divide(cost, calls) }}
{%- endmacro %}

{% macro is_cost_of_features() -%}
    {#- Of rows of attributed cost: AI cost, also what nobody is known to have caused, and of other
        kinds what a rule in seeds/cost_rules.csv gives to a feature. -#}
    (cost_kind = 'llm' or feature_id <> '__unattributed__')
{%- endmacro %}

{% macro estimated_part(cost='cost_usd') -%}
    {#- The part of a group's cost that no bill says: the bill of its provider is not loaded. -#}
    sum(case when status = 'estimated' then {{ cost }} else 0 end)
{%- endmacro %}

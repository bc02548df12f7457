{% macro usage_measured_by_day(events, user_days, owner) -%}
    {#- Select of one row per UTC day and owner of the rows of a CTE in the columns of
        int_app_events; `owner` is its column that says whose they are, and `user_days` a CTE with
        one row per day (event_date), owner and user. What adds up and what does not (percentiles,
        users, the peak hour, the endpoint called most) is measured in one place, for single
        accounts and for customers that have several. A tie goes to the earlier hour and to the
        endpoint that comes first by its bytes. Each part groups no more rows than it needs. -#}
    select
        counted.event_date as date,
        counted.owner_id,
        counted.events,
        coalesce(requests.calls, 0) as calls,
        case when requests.calls is null then 0 else requests.errors end as errors,
        coalesce(requests.timed_calls, 0) as timed_calls,
        requests.response_time_ms,
        requests.p50_response_time_ms,
        requests.p95_response_time_ms,
        counted.llm_calls,
        counted.feature_uses,
        counted.logins,
        coalesce(users_of_days.users, 0) as users,
        requests.peak_hour,
        endpoints.top_endpoint
    from (
        select
            event_date,
            {{ owner }} as owner_id,
            cast(count(*) as bigint) as events,
            {{ count_of_type('llm_request') }} as llm_calls,
            {{ count_of_type('feature_use') }} as feature_uses,
            {{ count_of_type('login') }} as logins
        from {{ events }}
        group by
            event_date,
            {{ owner }}
    ) as counted
    left join (
        select
            event_date,
            {{ owner }} as owner_id,
            cast(count(*) as bigint) as users
        from {{ user_days }}
        group by
            event_date,
            {{ owner }}
    ) as users_of_days
        on
            counted.event_date = users_of_days.event_date
            and counted.owner_id = users_of_days.owner_id
    left join (
        select
            event_date,
            {{ owner }} as owner_id,
            cast(count(*) as bigint) as calls,
            {{ failed_calls('status_code') }} as errors,
            cast(count(response_time_ms) as bigint) as timed_calls,
            cast(sum(response_time_ms) as decimal(38, 3)) as response_time_ms,
            {{ percentile('response_time_ms', 0.5) }} as p50_response_time_ms,
            {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms,
            {{ hour_of_most('occurred_at') }} as peak_hour
        from {{ events }}
        where event_type = 'api_request'
        group by
            event_date,
            {{ owner }}
    ) as requests
        on counted.event_date = requests.event_date and counted.owner_id = requests.owner_id
    left join (
        select
            event_date,
            owner_id,
            endpoint as top_endpoint
        from (
            select
                event_date,
                {{ owner }} as owner_id,
                coalesce(endpoint, '__unknown__') as endpoint,
                row_number() over (
                    partition by event_date, {{ owner }}
                    order by
                        count(*) desc,
                        {{ in_byte_order("coalesce(endpoint, '__unknown__')") }} asc
                ) as place
            from {{ events }}
            where event_type = 'api_request'
            group by
                event_date,
                {{ owner }},
                coalesce(endpoint, '__unknown__')
        ) as calls_by_endpoint
        where place = 1
    ) as endpoints
        on counted.event_date = endpoints.event_date and counted.owner_id = endpoints.owner_id
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

{% macro upsell_share() -%}
    {#- Share of a plan's calls above which it is outgrown: the var of that name, as decimal(9, 6). -#}
    cast({{ var('upsell_share') }} as decimal(9, 6))
{%- endmacro %}

{% macro upsell_percent() -%}
    {#- The same share in percent, as short text. -#}
    {{ '%g' % (var('upsell_share') * 100) }}
{%- endmacro %}

{% macro plan_recommendation(calls, allowance, fitting_calls, is_complete) -%}
    {#- What to advise a customer with so many calls in a month: `upgrade` or `custom_plan` above the
        share of the allowance that says it is outgrown (a bigger plan that fits is on sale, or
        none is), `downgrade` where a smaller plan would do, else `keep`; null without a limit or where
        calls are not known.
        `fitting_calls` is the limit of the smallest plan that fits, null where none does; a month that
        is not complete never advises less. -#}
    case
        when {{ allowance }} is null or {{ calls }} is null then null
        when {{ calls }} > {{ allowance }} * {{ upsell_share() }} then
            case
                when {{ fitting_calls }} > {{ allowance }} then 'upgrade'
                else 'custom_plan'
            end
        when {{ fitting_calls }} < {{ allowance }} and {{ is_complete }} then 'downgrade'
        else 'keep'
    end
{%- endmacro %}

{% macro plan_recommendation_reason(
    recommendation, calls, allowance, plan_name, fitting_plan_name, fitting_calls
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
                when 'downgrade' then
                    ': ' || {{ fitting_plan_name }} || ' with '
                    || cast({{ fitting_calls }} as {{ dbt.type_string() }}) || ' would do'
                else ''
            end
    end
{%- endmacro %}

{% macro called_provider(provider) -%}
    {#- Provider of a call: the one that it names, else the var `default_provider`. -#}
    coalesce(lower({{ provider }}), '{{ var('default_provider') }}')
{%- endmacro %}

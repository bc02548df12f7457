"""Marts of schema `product`: who uses what, how fast it answers, what caches save."""

from __future__ import annotations

from typing import Final

from pipelines.files import literal
from pipelines.published.questions import measures
from pipelines.published.questions.catalogue import kpis
from pipelines.published.questions.measures import bucket, bucket_end
from pipelines.published.questions.periods import Selection
from pipelines.published.reader import Answer, Published

ENDPOINTS: Final = "product.usage_by_endpoint_day"
CUSTOMER_DAYS: Final = "product.usage_by_customer_day"
CUSTOMER_ENDPOINTS: Final = "product.usage_by_customer_endpoint_day"
SERVICES: Final = "product.usage_by_service_month"
ADOPTION: Final = "product.adoption_by_plan_month"
USERS: Final = "product.active_users_by_month"
SERVICE_ADOPTION: Final = "product.service_adoption_by_plan_month"
USER_WEEKS: Final = "product.active_users_by_week"
ALLOWANCE: Final = "product.allowance_by_customer_month"
CACHE: Final = "product.cache_by_day"
LLM: Final = "product.llm_usage_by_model_day"
FEATURE_DAYS: Final = "product.usage_by_customer_feature_day"
SERVICE_PERIODS: Final = "product.usage_by_service_period"
ACQUISITION: Final = "product.acquisition_by_channel_month"

REQUESTS: Final = measures.Measure(
    mart=ENDPOINTS,
    grain="UTC day and endpoint",
    value="calls",
    day="date",
    series=f"coalesce(endpoint, '{measures.UNKNOWN}')",
    provisional="is_provisional",
)
ERRORS: Final = measures.Measure(
    mart=ENDPOINTS,
    grain="UTC day and endpoint",
    value="errors",
    day="date",
    series=f"coalesce(endpoint, '{measures.UNKNOWN}')",
    provisional="is_provisional",
)
LLM_CALLS: Final = measures.Measure(
    mart=LLM,
    grain="UTC day, provider and model",
    value="calls - cache_hits",  # what the app's own cache answered is no call
    day="date",
    series=f"coalesce(model_id, '{measures.UNKNOWN}')",
    provisional="is_provisional",
)


def requests(build: Published, selection: Selection) -> Answer:
    """Requests of the period, compared; see `measures.total`."""
    return measures.total(build, REQUESTS, selection.period, selection.against)


def requests_history(build: Published, selection: Selection) -> Answer:
    """Requests by day, week or month; see `measures.history`."""
    return measures.history(build, REQUESTS, selection)


def requests_by_endpoint(build: Published, selection: Selection) -> Answer:
    """Requests by bucket and endpoint; see `measures.by_period`."""
    return measures.by_period(build, REQUESTS, selection)


def behind_endpoint(selection: Selection, series: str, start: str) -> str:
    """The statement behind a bar of `requests_by_endpoint`; see `measures.behind`."""
    return measures.behind(REQUESTS, selection, series, start)


def endpoints(build: Published) -> list[str]:
    """Endpoints by requests over the whole build, the busiest first."""
    return measures.series_by_size(build, REQUESTS)


def errors(build: Published, selection: Selection) -> Answer:
    """Failed requests of the period, compared; see `measures.total`."""
    return measures.total(build, ERRORS, selection.period, selection.against)


def errors_history(build: Published, selection: Selection) -> Answer:
    """Failed requests by day, week or month; see `measures.history`."""
    return measures.history(build, ERRORS, selection)


def llm_calls(build: Published, selection: Selection) -> Answer:
    """LLM calls of the period, compared; see `measures.total`."""
    return measures.total(build, LLM_CALLS, selection.period, selection.against)


def llm_calls_history(build: Published, selection: Selection) -> Answer:
    """LLM calls by day, week or month; see `measures.history`."""
    return measures.history(build, LLM_CALLS, selection)


def performance(build: Published, selection: Selection, column: str) -> Answer:
    """A measure of speed or errors over time: of endpoints by day, else of services by month.

    Percentiles and rates of days cannot be summed into weeks or months; months have their own,
    computed from all requests.

    Args:
        build: the build to read.
        selection: the filter bar.
        column: `p95_response_time_ms` or `error_rate`.

    Columns: date, series, value, calls, errors, is_provisional; the six busiest series.
    """
    wanted = "error_rate" if column == "error_rate" else "p95_response_time_ms"
    by_day = selection.grain == "day"
    mart, thing, moment = (
        (ENDPOINTS, "endpoint", "date") if by_day else (SERVICES, "service", "month")
    )
    first = selection.period.start if by_day else selection.period.first_month
    sql = f"""\
with within_period as (
    select *
    from {mart}
    where {moment} >= {literal(first)} and {moment} < {literal(selection.period.end)}
),

busiest as (
    select {thing}
    from within_period
    group by 1
    order by sum(calls) desc, 1
    limit {measures.MOST_SERIES}
)

select
    rows_of.{moment} as date,
    coalesce(rows_of.{thing}, '{measures.UNKNOWN}') as series,
    rows_of.{wanted} as value,
    rows_of.calls,
    rows_of.errors,
    rows_of.calls < {few_requests(build)} as is_small,
    rows_of.is_provisional
from within_period as rows_of
inner join busiest on rows_of.{thing} = busiest.{thing}
where rows_of.{wanted} is not null
order by 2, 1"""
    grain = "UTC day and endpoint" if by_day else "UTC month and service"
    return Answer(build.table(sql), sql, mart, grain)


def few_requests(build: Published) -> int:
    """Requests below which an error rate says little, as the catalogue of KPIs has it."""
    found = kpis(build).get("error_rate")
    return (found.minimum_sample if found else None) or 30


def slowest(build: Published, selection: Selection) -> Answer:
    """The slowest service of the headline month, compared with itself in the other month.

    Columns: service, p95_response_time_ms, p95_response_time_ms_change; no row without a time.
    """
    past = "cast(null as date)"
    if selection.month_against is not None:
        past = literal(selection.month_against)
    sql = f"""\
select
    now.service,
    now.p95_response_time_ms,
    now.p95_response_time_ms - past.p95_response_time_ms as p95_response_time_ms_change
from {SERVICES} as now
left join {SERVICES} as past on now.service = past.service and past.month = {past}
where now.month = {literal(selection.month)} and now.p95_response_time_ms is not null
order by now.p95_response_time_ms desc, now.service
limit 1"""
    return Answer(build.table(sql), sql, SERVICES, "UTC month and service")


def endpoint_last_day(build: Published, selection: Selection) -> Answer:
    """Endpoints on the last day of the range: calls, errors, times, score; the busiest first."""
    sql = f"""\
select
    endpoint, calls, errors, error_rate, mean_response_time_ms, p50_response_time_ms,
    p95_response_time_ms, requests_per_minute, performance_score, date,
    calls < {few_requests(build)} as is_small
from {ENDPOINTS}
where date = {literal(selection.period.last_day)}
order by calls desc, 1"""
    return Answer(build.table(sql), sql, ENDPOINTS, "UTC day and endpoint")


def services(build: Published, selection: Selection) -> Answer:
    """Services in the headline month, the most popular first."""
    usd = selection.display.usd
    sql = f"""\
select
    service, events, popularity, growth, calls, errors, error_rate,
    calls < {few_requests(build)} as is_small, uptime,
    p95_response_time_ms, users, customers, units,
    {usd("cost_usd")} as cost,
    {usd("cost_usd_per_active_user")} as cost_per_active_user,
    {usd("infrastructure_cost_usd_per_active_user")} as infrastructure_per_active_user
from {SERVICES}
where month = {literal(selection.month)}
order by popularity_rank nulls last, 1"""
    return Answer(build.table(sql), sql, SERVICES, "UTC month and service")


def services_over_time(build: Published, selection: Selection) -> Answer:
    """Each service by week where that is the grain, else by month, the newest first.

    Users and percentiles are of the whole week or month, so that neither can be cut or added.
    """
    period = selection.period
    weekly = selection.grain == "week"
    mart, column = (SERVICE_PERIODS, "period_start") if weekly else (SERVICES, "month")
    first = period.first_day_of_week if weekly else period.first_month
    only = "period_grain = 'week' and " if weekly else ""
    sql = f"""\
select
    {column} as date, service, events, calls, errors, error_rate, uptime,
    calls < {few_requests(build)} as is_small,
    p50_response_time_ms, p95_response_time_ms, users, llm_calls, feature_uses, is_provisional
from {mart}
where {only}{column} >= {literal(first)} and {column} < {literal(period.end)}
order by 1 desc, 3 desc, 2"""
    return Answer(build.table(sql), sql, mart, f"UTC {'week' if weekly else 'month'} and service")


def features(build: Published, selection: Selection) -> Answer:
    """Features in the chosen days, those that most customers used first."""
    usd = selection.display.usd
    sql = f"""\
select
    coalesce(names.feature_name, used.feature_id) as feature,
    count(distinct used.customer_id) filter (
        where used.customer_id not like '\\_\\_%' escape '\\'
    ) as customers,
    sum(used.feature_uses)::bigint as feature_uses,
    sum(used.units) as units,
    sum(used.llm_calls)::bigint as llm_calls,
    sum(used.cache_hits)::bigint as cache_hits,
    sum(used.input_tokens)::bigint as input_tokens,
    sum(used.output_tokens)::bigint as output_tokens,
    {usd("sum(used.list_cost_usd)")} as list_cost,
    sum(used.unpriced_calls)::bigint as unpriced_calls,
    bool_or(used.is_provisional) as is_provisional,
    used.feature_id
from {FEATURE_DAYS} as used
left join core.dim_features as names on used.feature_id = names.feature_id
where
    used.date >= {literal(selection.period.start)}
    and used.date < {literal(selection.period.end)}
group by names.feature_name, used.feature_id
order by 2 desc, 3 desc, 1, used.feature_id"""
    return Answer(build.table(sql), sql, FEATURE_DAYS, "UTC day, customer and feature")


def adoption(build: Published, selection: Selection) -> Answer:
    """Plans in the headline month: how many of their customers use the product."""
    only = f" and product_id = {literal(selection.plan)}" if selection.plan else ""
    sql = f"""\
select
    coalesce(product_name, product_id) as plan,
    customers, trial_customers, active_customers, adoption_rate, calls, llm_calls,
    calls_per_active_customer, services_per_active_customer, product_id
from {ADOPTION}
where month = {literal(selection.month)}{only}
order by customers desc, 1"""
    return Answer(build.table(sql), sql, ADOPTION, "UTC month and plan")


def services_by_plan(build: Published, selection: Selection) -> Answer:
    """What the customers of each plan used in the headline month, the most used first."""
    only = f" and used.product_id = {literal(selection.plan)}" if selection.plan else ""
    sql = f"""\
select
    coalesce(names.product_name, used.product_id) as plan,
    used.service, used.active_customers, used.customers, used.adoption_rate, used.calls,
    used.llm_calls, used.product_id
from {SERVICE_ADOPTION} as used
left join {ADOPTION} as names on used.product_id = names.product_id and used.month = names.month
where used.month = {literal(selection.month)}{only}
order by used.customers desc, 1, used.active_customers desc, used.service"""
    return Answer(build.table(sql), sql, SERVICE_ADOPTION, "UTC month, plan and service")


_USER_COLUMNS: Final = (
    "active_users", "new_users", "active_customers", "user_growth", "usage_churn_rate",
    "users_lost", "users_30_days_before",
)  # fmt: skip


def users_month(build: Published, selection: Selection) -> Answer:
    """The headline month beside the one it is compared with; see `measures.compared`."""
    return measures.compared(
        build,
        USERS,
        "UTC month",
        {name: name for name in _USER_COLUMNS},
        selection.month,
        selection.month_against,
    )


def users_months(build: Published, selection: Selection) -> Answer:
    """Active and new users by month."""
    columns = {name: name for name in (*_USER_COLUMNS, "returning_users", "is_provisional")}
    return measures.months(build, USERS, "UTC month", columns, selection.period)


def users_by_kind(build: Published, selection: Selection) -> Answer:
    """New and returning users by week where that is the grain, else by month.

    Users are counted once in a week or month, so that neither can be cut or added.
    Columns: date, series, value, is_provisional.
    """
    period = selection.period
    weekly = selection.grain == "week"
    mart, column = (USER_WEEKS, "week_start") if weekly else (USERS, "month")
    first = period.first_day_of_week if weekly else period.first_month
    kinds = "\n    union all\n".join(
        f"    select {column} as date, '{kind}' as series, {kind}_users as value, is_provisional "
        f"from {mart}"
        for kind in ("returning", "new")
    )
    sql = f"""\
select date, series, value, is_provisional
from (
{kinds}
) as kinds
where date >= {literal(first)} and date < {literal(period.end)}
order by 1, 2 desc"""
    return Answer(build.table(sql), sql, mart, "UTC week" if weekly else "UTC month")


def _allowances(selection: Selection, where: str, order: str, most: int) -> str:
    usd = selection.display.usd
    return f"""\
select
    limits.month,
    coalesce(people.customer_name, limits.customer_id) as customer_name,
    coalesce(names.product_name, limits.product_id) as plan,
    limits.calls,
    limits.allowance,
    limits.allowance_used,
    limits.overage_calls,
    {usd("limits.plan_price_usd")} as plan_price,
    {usd("limits.overage_usd")} as overage,
    {usd("limits.total_usd")} as total,
    {usd("limits.total_usd_per_call")} as price_per_call,
    {usd("limits.cost_usd_per_call")} as cost_per_call,
    limits.recommendation,
    limits.reason,
    limits.customer_id
from {ALLOWANCE} as limits
left join core.dim_customers as people on limits.customer_id = people.customer_id
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as names on limits.product_id = names.product_id
where {where}
order by {order}
limit {most}"""


def allowances(build: Published, selection: Selection, most: int = 200) -> Answer:
    """Customers near or above their plan's limit in the headline month, the fullest first."""
    only = f" and limits.product_id = {literal(selection.plan)}" if selection.plan else ""
    sql = _allowances(
        selection,
        f"limits.month = {literal(selection.month)} and limits.allowance_used is not null{only}",
        "limits.allowance_used desc, 2",
        most,
    )
    return Answer(build.table(sql), sql, ALLOWANCE, "UTC month and customer")


def allowance_of(build: Published, selection: Selection, customer_id: str) -> Answer:
    """One customer's allowance by month, the newest first."""
    sql = _allowances(
        selection,
        f"limits.customer_id = {literal(customer_id)}"
        f" and limits.month >= {literal(selection.period.first_month)}"
        f" and limits.month < {literal(selection.period.end)}",
        "limits.month desc",
        60,
    )
    return Answer(build.table(sql), sql, ALLOWANCE, "UTC month and customer")


def customer_calls(build: Published, selection: Selection, customer_id: str) -> Answer:
    """One customer's requests by outcome and the chosen grain.

    Columns: date, series, value, is_provisional.
    """
    period, grain = selection.period, selection.grain
    kinds = "\n    union all\n".join(
        f"    select {bucket(grain, 'date')} as date, '{series}' as series, "
        f"sum({column}) as value,\n"
        f"        bool_or(is_provisional) or {bucket_end(grain, bucket(grain, 'min(date)'))}"
        f" > {literal(period.end)} as is_provisional\n"
        f"    from within_period group by 1"
        for series, column in (("successes", "successes"), ("errors", "errors"),
                               ("llm_calls", "llm_calls"))
    )  # fmt: skip
    sql = f"""\
with within_period as (
    select *
    from {CUSTOMER_DAYS}
    where
        customer_id = {literal(customer_id)}
        and date >= {literal(period.start)}
        and date < {literal(period.end)}
)

select date, series, value, is_provisional
from (
{kinds}
) as kinds
where value > 0
order by 1, 2 desc"""
    return Answer(build.table(sql), sql, CUSTOMER_DAYS, "UTC day and customer")


def customer_days(build: Published, customer_id: str, most: int = 31) -> Answer:
    """One customer's last days with use: calls, errors, times, peak hour, busiest endpoint."""
    sql = f"""\
select
    date, calls, successes, errors, error_rate, mean_response_time_ms, p95_response_time_ms,
    peak_hour, top_endpoint, llm_calls, users, is_provisional
from {CUSTOMER_DAYS}
where customer_id = {literal(customer_id)}
order by date desc
limit {most}"""
    return Answer(build.table(sql), sql, CUSTOMER_DAYS, "UTC day and customer")


def customer_endpoints(build: Published, selection: Selection, customer_id: str) -> Answer:
    """What one customer called in the range, by endpoint, the busiest first."""
    few = few_requests(build)
    sql = f"""\
select
    endpoint,
    sum(calls) as calls,
    sum(errors) as errors,
    cast(sum(errors) / nullif(sum(calls) filter (where error_rate is not null), 0)
        as decimal(38, 9)) as error_rate,
    sum(calls) < {few} as is_small,
    cast(sum(mean_response_time_ms * timed_calls) / nullif(sum(timed_calls), 0)
        as decimal(18, 3)) as mean_response_time_ms,
    max(date) as last_day
from {CUSTOMER_ENDPOINTS}
where
    customer_id = {literal(customer_id)}
    and date >= {literal(selection.period.start)}
    and date < {literal(selection.period.end)}
group by endpoint
order by 2 desc, 1"""
    return Answer(build.table(sql), sql, CUSTOMER_ENDPOINTS, "UTC day, customer and endpoint")


def cache_savings(build: Published, selection: Selection) -> Answer:
    """What the app's own cache saved at list price; see `measures.by_period`."""
    measure = measures.Measure(
        mart=CACHE,
        grain="UTC day",
        value=selection.display.usd("saved_usd"),
        day="date",
        series="'own_cache'",
        provisional="is_provisional",
    )
    return measures.by_period(build, measure, selection)


def cache_days(build: Published, selection: Selection) -> Answer:
    """Hits, misses and their response times by day, the newest first."""
    usd = selection.display.usd
    sql = f"""\
select
    date, requests, hits, misses, hit_rate,
    {usd("saved_usd")} as saved,
    unpriced_hits, p50_hit_response_time_ms, p50_miss_response_time_ms,
    p95_hit_response_time_ms, p95_miss_response_time_ms, cache_size_bytes
from {CACHE}
where
    date >= {literal(selection.period.start)}
    and date < {literal(selection.period.end)}
order by date desc"""
    return Answer(build.table(sql), sql, CACHE, "UTC day")


def acquisition(build: Published, selection: Selection) -> Answer:
    """Channels in the headline month: signups, new customers, spend and cost of each."""
    display = selection.display
    sql = f"""\
select
    acquisition_channel, signups, new_customers, new_customers_per_signup,
    {display.report("new_mrr")} as new_mrr,
    {display.usd("spend_usd")} as spend,
    {display.usd("cost_usd_per_signup")} as cost_per_signup,
    {display.usd("cost_usd_per_acquisition")} as cost_per_acquisition
from {ACQUISITION}
where month = {literal(selection.month)}
order by new_customers desc, signups desc, 1"""
    return Answer(build.table(sql), sql, ACQUISITION, "month and channel")

"""Product marts: a full build against one hand-written DuckDB script, and one more day of events.

Full build: `dbt run --full-refresh` of every model that product usage takes, on a warehouse that
holds the events (10 million; with --small 200,000), against one process that reads the same events
and writes the tables on them by hand; row by row both must agree. What the models add from other
sources (plans, limits, prices, costs, accounts that are one customer) the script leaves out. Both
keep whole processes' time, dbt's own start included; the start alone is measured beside it.

One more day: the same incremental run after a further day of events on a long history (50 million
over 17 months, 100,000 a day; with --small 1 million) and on the last 1 million of it (with --small
100,000), so the day is alike and the history is not. Models by day read the touched days alone;
those by month read the running month, and windows of users 60 days before it: exact percentiles and
distinct users do not add up. These follow the size of a month, not how far back the events reach.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Comparison, Measurement, measure, python

AS_OF = "2026-11-15T12:00:00Z"
A_DAY_LATER = "2026-11-16T12:00:00Z"
MOST_OF_SCRIPT = 1.5
MOST_OF_SHORT_HISTORY = 1.3
EVENT_MODELS = (
    "int_repeated_event_rows",
    "int_llm_names_by_day",
    "int_model_names",
    "int_llm_usage_by_day",
)
#: What product usage takes beyond the events themselves.
PRODUCT_MODELS = (
    "int_usage_by_account_day",
    "int_usage_of_merged_days",
    "int_user_days",
    "int_user_months",
    "int_user_windows_by_month",
    "int_usage_by_account_month",
    "fct_service_performance_by_month",
    "fct_llm_calls_by_model_day",
    "fct_cache_by_day",
    "fct_usage_by_customer_day",
    "fct_usage_by_customer_month",
    "fct_service_usage_by_month",
    "fct_allowances_by_customer_month",
    "fct_user_months",
    "fct_user_windows_by_month",
    "usage_by_customer_day",
    "usage_by_endpoint_day",
    "usage_by_service_month",
    "active_users_by_month",
    "llm_usage_by_model_day",
    "cache_by_day",
    "allowance_by_customer_month",
    "adoption_by_plan_month",
)
#: The same tables by hand, from the events as they are after duplicates are taken out.
SCRIPT = """
drop schema if exists by_hand cascade;
create schema by_hand;
create table by_hand.customer_day as
with calls as (
    select event_date, customer_id, count(*) as events,
        count(*) filter (event_type = 'api_request') as calls,
        count(*) filter (event_type = 'api_request' and status_code >= 400) as errors,
        avg(response_time_ms) filter (event_type = 'api_request') as mean_ms,
        quantile_cont(response_time_ms, [0.5, 0.95]) filter (event_type = 'api_request') as ms,
        count(*) filter (event_type = 'llm_request' and is_cache_hit is not true) as llm_calls,
        count(*) filter (event_type = 'feature_use') as feature_uses,
        count(*) filter (event_type = 'login') as logins,
        count(distinct user_id) as users
    from events group by all
), hours as (
    select event_date, customer_id, arg_max(hour, calls) as peak_hour
    from (
        select event_date, customer_id, hour(occurred_at) as hour, count(*) as calls
        from events where event_type = 'api_request' group by all
    ) group by all
), endpoints as (
    select event_date, customer_id, arg_max(endpoint, calls) as top_endpoint
    from (
        select event_date, customer_id, endpoint, count(*) as calls
        from events where event_type = 'api_request' group by all
    ) group by all
)
select * from calls left join hours using (event_date, customer_id)
left join endpoints using (event_date, customer_id);
create table by_hand.endpoint_day as
select event_date, endpoint, count(*) as calls, count(*) filter (status_code >= 400) as errors,
    avg(response_time_ms) as mean_ms, quantile_cont(response_time_ms, [0.5, 0.95]) as ms
from events where event_type = 'api_request' group by all;
create table by_hand.service_month as
select date_trunc('month', event_date) as month, service, count(*) as events,
    count(*) filter (event_type = 'api_request') as calls,
    quantile_cont(response_time_ms, [0.5, 0.95]) filter (event_type = 'api_request') as ms,
    count(distinct user_id) as users, count(distinct customer_id) as customers
from events group by all;
create table by_hand.customer_service_month as
select date_trunc('month', event_date) as month, customer_id, service, count(*) as events,
    count(*) filter (event_type = 'api_request') as calls,
    count(*) filter (event_type = 'llm_request' and is_cache_hit is not true) as llm_calls,
    sum(quantity) as units,
    count(distinct user_id) as users
from events group by all;
create table by_hand.user_day as
select event_date, customer_id, user_id, count(*) as events
from events where user_id is not null group by all;
create table by_hand.user_month as
select date_trunc('month', event_date) as month, customer_id, user_id, sum(events) as events,
    count(*) as active_days,
    min(date_trunc('month', event_date)) over (partition by customer_id, user_id) as first_month
from by_hand.user_day group by month, customer_id, user_id;
create table by_hand.windows as
with months as (
    select distinct month, least(last_day(month), getvariable('today')) as last_day
    from by_hand.user_month
)
select month, count(*) filter (last >= last_day - 29) as recent,
    count(*) filter (first < last_day - 29) as before,
    count(*) filter (last < last_day - 29) as lost
from (
    select month, last_day, user_id, min(event_date) as first, max(event_date) as last
    from months inner join by_hand.user_day
        on event_date <= last_day and event_date > last_day - 60
    group by all
) group by all;
create table by_hand.model_day as
select event_date, provider, model, count(*) as calls, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens, avg(response_time_ms) as mean_ms,
    quantile_cont(response_time_ms, [0.5, 0.95]) as ms
from events where event_type = 'llm_request' group by all;
create table by_hand.cache_day as
select event_date, is_cache_hit, count(*) as requests,
    quantile_cont(response_time_ms, [0.5, 0.95]) as ms
from events where event_type = 'llm_request' group by all;
"""


@dataclass(frozen=True)
class Answer:
    """Rows that models and script must agree on: `exact` columns are equal, `near` ones close."""

    keys: tuple[str, ...]
    exact: tuple[str, ...]
    near: tuple[str, ...]
    ours: str
    by_script: str


TIMES = ("mean_response_time_ms", "p50_response_time_ms", "p95_response_time_ms")
TIMES_BY_HAND = (
    "mean_ms as mean_response_time_ms, ms[1] as p50_response_time_ms, ms[2] as p95_response_time_ms"
)
#: What the script leaves out: a name for services that events do not name, names of models, and
#: which of two hours or endpoints with as many calls counts.
ANSWERS = {
    "days of customers": Answer(
        ("date", "customer_id"),
        ("events", "calls", "errors", "llm_calls", "feature_uses", "logins", "users"),
        TIMES,
        "from product.usage_by_customer_day",
        f"select *, event_date as date, {TIMES_BY_HAND} from by_hand.customer_day",
    ),
    "days of endpoints": Answer(
        ("date", "endpoint"),
        ("calls", "errors"),
        TIMES,
        "from product.usage_by_endpoint_day",
        f"select *, event_date as date, {TIMES_BY_HAND} from by_hand.endpoint_day",
    ),
    "months of services": Answer(
        ("month", "service"),
        ("events", "calls", "users", "customers"),
        TIMES[1:],
        "from product.usage_by_service_month where events > 0",
        "select * replace (coalesce(service, '__unknown__') as service),"
        " ms[1] as p50_response_time_ms, ms[2] as p95_response_time_ms from by_hand.service_month",
    ),
    "months of customers": Answer(
        ("month", "customer_id", "service"),
        ("events", "calls", "llm_calls", "units", "users"),
        (),
        "from core.fct_usage_by_customer_month",
        "select * replace (coalesce(service, '__unknown__') as service,"
        " coalesce(units, 0) as units) from by_hand.customer_service_month",
    ),
    "months of users": Answer(
        ("month", "customer_id", "user_id"),
        ("events", "active_days", "first_month"),
        (),
        "from core.fct_user_months",
        "from by_hand.user_month",
    ),
    "windows of users": Answer(
        ("month",),
        ("users_last_30_days", "users_30_days_before", "users_lost"),
        (),
        "from core.fct_user_windows_by_month",
        "select month, recent as users_last_30_days, before as users_30_days_before,"
        " lost as users_lost from by_hand.windows",
    ),
    "days of models": Answer(
        ("date", "provider", "model_id"),
        ("calls", "input_tokens", "output_tokens"),
        TIMES,
        "from product.llm_usage_by_model_day",
        "select *, event_date as date, "
        f"{TIMES_BY_HAND} from by_hand.model_day"
        " inner join intermediate.int_model_names using (provider, model)",
    ),
    "days of the cache": Answer(
        ("date",),
        ("requests", "hits"),
        ("p50_hit_response_time_ms", "p95_miss_response_time_ms"),
        "from core.fct_cache_by_day",
        "select event_date as date, sum(requests) as requests,"
        " coalesce(sum(requests) filter (is_cache_hit), 0) as hits,"
        " max(ms[1]) filter (is_cache_hit) as p50_hit_response_time_ms,"
        " max(ms[2]) filter (not is_cache_hit) as p95_miss_response_time_ms"
        " from by_hand.cache_day group by all",
    ),
}


@dataclass(frozen=True)
class Warehouse:
    """A folder with event files, the warehouse they are loaded into, and dbt's target."""

    folder: Path

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self.folder / "warehouse.duckdb"

    @property
    def events(self) -> Path:
        """Folder of event files."""
        return self.folder / "events"

    def environment(self, as_of: str) -> Mapping[str, str]:
        """Settings of the project's commands."""
        return {
            "WAREHOUSE_PATH": str(self.path),
            "PUBLISHED_DIR": str(self.folder / "published"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "SOURCES__APP_EVENTS__BUCKET_URL": str(self.events),
            "AS_OF": as_of,
        }

    def run(self, as_of: str, *command: str) -> Measurement:
        """A console command of this environment."""
        executable = Path(sys.executable).with_name(command[0])
        return measure([str(executable), *command[1:]], self.environment(as_of))

    def dbt(self, as_of: str, *arguments: str) -> Measurement:
        """`dbt run` of what product usage takes, with further arguments."""
        return self.run(as_of, "dbt", "run", "--quiet", *arguments)


def generated(folder: Path, events: int, customers: int) -> Warehouse:
    """So many events in files, nothing loaded."""
    warehouse = Warehouse(folder)
    folder.mkdir(parents=True, exist_ok=True)
    size = ["--events", str(events), "--customers", str(customers), "--as-of", AS_OF]
    measure(python("-m", "demo", "events", "--out", str(warehouse.events), *size))
    return warehouse


def last_events(folder: Path, history: Warehouse, events: int) -> Warehouse:
    """The last so many events of another history in a file, nothing loaded."""
    warehouse = Warehouse(folder)
    warehouse.events.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from read_parquet('{history.events}/events-*.parquet')"
            f" order by occurred_at desc limit {events})"
            f" to '{warehouse.events}/events-last.parquet' (format parquet)"
        )
    return warehouse


def built(warehouse: Warehouse) -> Warehouse:
    """The same warehouse with its events loaded and everything built."""
    warehouse.run(AS_OF, "dlt", "pipeline", "run", "app_events")
    warehouse.run(AS_OF, "dbt", "seed", "--quiet")
    warehouse.dbt(AS_OF, "--select", *(f"+{model}" for model in PRODUCT_MODELS))
    return warehouse


def one_more_day(warehouse: Warehouse, events: int) -> None:
    """Write and load a file of the day after the clock: copies of events under other ids."""
    target = warehouse.events / "one-more-day.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select * replace (
                    'later-' || event_id as event_id,
                    timestamptz '2026-11-15 13:00:00+00'
                    + to_seconds(epoch(occurred_at)::bigint % 80000) as occurred_at
                )
                from read_parquet('{warehouse.events}/events-*.parquet') limit {events}
            ) to '{target}' (format parquet)
            """
        )
    warehouse.run(A_DAY_LATER, "dlt", "pipeline", "run", "app_events")


def by_hand(warehouse: Warehouse) -> Measurement:
    """The script, in a process of its own, on the events that the models read."""
    program = (
        f"import duckdb; db = duckdb.connect({str(warehouse.path)!r}); "
        "db.execute('create or replace temp view events as "
        "select * from intermediate.int_app_events'); "
        f"db.execute(\"set variable today = date '{AS_OF[:10]}'\"); "
        f"db.execute({SCRIPT!r})"
    )
    return measure(python("-c", program))


def rows_that_differ(answer: Answer) -> str:
    """Query that counts the rows that one side lacks, or that hold other numbers there."""

    def same(column: str) -> str:
        return f"ours.{column} is not distinct from theirs.{column}"

    # the script's means are doubles, and it interpolates decimals, which cuts their last digit
    near = [
        f"coalesce(abs(ours.{name} - theirs.{name}) < 0.002, {same(name)})" for name in answer.near
    ]
    is_same = " and ".join([*map(same, [*answer.keys, *answer.exact]), *near])
    return (
        f"select count(*) from ({answer.ours}) as ours full join ({answer.by_script}) as theirs"
        f" on {' and '.join(map(same, answer.keys))} where not ({is_same})"
    )


def same_answers(warehouse: Warehouse) -> str:
    """Compares both builds row by row, so that neither is quick by doing less."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        counts = {
            name: connection.execute(rows_that_differ(answer)).fetchall()[0][0]
            for name, answer in ANSWERS.items()
        }
    different = {name: rows for name, rows in counts.items() if rows}
    verdict = f"DIFFERENT in so many rows: {different}" if different else "the same, row by row"
    return f"{', '.join(counts)} by hand and by the models are {verdict}"


def slowest_models(warehouse: Warehouse, most: int = 5) -> str:
    """Where the last dbt run's time went: the models' own seconds, added over its threads."""
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text())["results"]
    seconds = {row["unique_id"].split(".")[-1]: row["execution_time"] for row in results}
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:most]
    named = ", ".join(f"{name} {seconds[name]:.1f}" for name in slowest)
    return f"seconds in models: {sum(seconds.values()):.1f} over two threads; most in {named}"


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Lines of the report.

    Raises:
        CommandFailedError: a command of the project failed.
    """
    events, customers = (200_000, 300) if small else (10_000_000, 10_000)
    whole = built(generated(scratch / "whole", events, customers))
    start = whole.dbt(AS_OF, "--select", "cache_by_day")
    yield f"dbt's own start, with one small model: {start.seconds:.1f} s"
    script = by_hand(whole)
    ours = whole.dbt(AS_OF, "--full-refresh", "--select", *PRODUCT_MODELS)
    yield Comparison(
        f"product marts of {events:,} events", "one script by hand", ours, script, MOST_OF_SCRIPT
    ).line()
    yield slowest_models(whole)
    yield (
        f"processor time {ours.cpu_seconds:.1f} s, of it dbt's start {start.cpu_seconds:.1f} s;"
        f" by hand {script.cpu_seconds:.1f} s"
    )
    within = Measurement(max(ours.seconds - start.seconds, 0.0), ours.peak_mib)
    yield Comparison("the same without dbt's start", "one script by hand", within, script).line()
    yield same_answers(whole)

    short, long, day = (100_000, 1_000_000, 10_000) if small else (1_000_000, 50_000_000, 100_000)
    history = generated(scratch / "long", long, customers)
    measured = []
    for size, warehouse in (
        (short, last_events(scratch / "short", history, short)),
        (long, history),
    ):
        built(warehouse)
        one_more_day(warehouse, day)
        measured.append(warehouse.dbt(A_DAY_LATER, "--select", *EVENT_MODELS, *PRODUCT_MODELS))
        yield slowest_models(warehouse)
        yield f"{warehouse.path.stat().st_size / 2**20:,.0f} MiB of warehouse at {size:,} events"
    yield (
        f"processor time of one more day {measured[1].cpu_seconds:.1f} s,"
        f" on the short history {measured[0].cpu_seconds:.1f} s"
    )
    yield Comparison(
        f"one more day of {day:,} events on {long:,}",
        f"on {short:,}",
        measured[1],
        measured[0],
        MOST_OF_SHORT_HISTORY,
    ).line()

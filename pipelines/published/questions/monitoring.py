"""Marts of schema `monitoring`: what is loaded, how fresh it is and what the build holds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pipelines.files import literal
from pipelines.published.questions.measures import bucket, bucket_end
from pipelines.published.questions.periods import Period, Selection
from pipelines.published.reader import Answer, Published

FRESHNESS: Final = "monitoring.load_freshness_by_source"
EXCEPTIONS: Final = "monitoring.exceptions"
QUARANTINED: Final = "monitoring.quarantined_rows_by_field"
SKIPPED: Final = "monitoring.skipped_endpoints_by_source"
EVIDENCE: Final = "monitoring.mrr_evidence_by_month"
MRR_TIE: Final = "monitoring.mrr_reconciliation"
COST_TIE: Final = "monitoring.cost_reconciliation_by_day"
BILL_CONTROLS: Final = "monitoring.bill_controls_by_day"
ALERTS: Final = "monitoring.alerts"
INSIGHTS: Final = "monitoring.insights"
DEFINITIONS: Final = "monitoring.kpi_definitions"
CHECKS: Final = "monitoring.alert_checks"
NATIVE_MRR: Final = "monitoring.native_mrr_reconciliation"
KPIS: Final = "monitoring.kpis"
RULES: Final = "core.dim_alert_rules"

#: Hours after which a build is old where no rule says it: a daily one that was missed once.
DAY_AND_A_HALF: Final = Decimal(36)

#: Rows that a list shows: more is for the SQL page.
MOST_ROWS: Final = 500


def load_freshness_by_source(build: Published) -> Answer:
    """One row per known source, also those never loaded."""
    sql = f"""\
select
    source,
    source_name,
    last_synced_at,
    last_loaded_at,
    hours_since_sync,
    newest_data_date,
    rows_loaded,
    last_mode,
    skipped_endpoints,
    quarantined_rows,
    is_stale,
    missing_setting
from {FRESHNESS}
order by source"""
    return Answer(build.table(sql), sql, FRESHNESS, "source")


def row_counts(build: Published) -> Answer:
    """One row per published table: table, rows, description (from the dbt docs)."""
    tables = build.table(
        "select schema_name, table_name from duckdb_tables() "
        "where not internal and not temporary order by 1, 2",
    ).to_pylist()
    names = [(str(row["schema_name"]), str(row["table_name"])) for row in tables]
    counts = "\nunion all\n".join(
        f"select '{schema}' as schema_name, '{table}' as table_name, count(*) as row_count "
        f"from {schema}.{table}"
        for schema, table in names
    )
    sql = f"""\
with counted as (
{counts}
)

select
    counted.schema_name || '.' || counted.table_name as table_name,
    counted.row_count,
    documented.comment as description
from counted
inner join duckdb_tables() as documented
    on counted.schema_name = documented.schema_name and counted.table_name = documented.table_name
order by 1"""
    return Answer(build.table(sql), sql, "duckdb_tables()", "published table")


def stale_sources(build: Published) -> list[str]:
    """Sources that were loaded once, but not lately."""
    found = build.table(
        f"select source from {FRESHNESS} "
        "where is_stale and last_synced_at is not null order by source",
    )
    return [str(name) for name in found.column("source").to_pylist()]


def build_is_old_after(build: Published) -> Decimal:
    """Hours after which a build is old, by the rule that the command `alert` holds it against."""
    found = build.table(
        f"select min(coalesce(warning, critical)) as hours from {RULES} "
        "where metric = 'hours_since_sync' and dimension = 'all'"
    ).to_pylist()
    return found[0]["hours"] if found and found[0]["hours"] else DAY_AND_A_HALF


def skipped_endpoints(build: Published) -> Answer:
    """One row per endpoint that the last run could not read, with the reason."""
    sql = f"select source, endpoint, reason from {SKIPPED} order by source, endpoint"
    return Answer(build.table(sql), sql, SKIPPED, "source and endpoint")


def quarantined_rows(build: Published) -> Answer:
    """One row per source, raw table and field that could not be read, the most rows first."""
    sql = f"""\
select
    source, source_table, field, quarantined_rows, files, example_file,
    first_observed_at, last_observed_at
from {QUARANTINED}
order by quarantined_rows desc, source, source_table, field
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, QUARANTINED, "source, raw table and field")


def exceptions(build: Published) -> Answer:
    """One row per object that is in no sum or could not be judged, and reason, the newest first."""
    sql = f"""\
select area, reason, subject_type, subject_id, amount, upper(currency) as currency, first_seen_at
from {EXCEPTIONS}
order by first_seen_at desc nulls first, exception_id
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, EXCEPTIONS, "object and reason")


def evidence(build: Published, selection: Selection) -> Answer:
    """MRR by month and kind of evidence. Columns: date, series, value, is_provisional."""
    sql = f"""\
select
    month as date,
    evidence as series,
    {selection.display.report("mrr")} as value,
    is_provisional
from {EVIDENCE}
where
    month >= {literal(selection.period.first_month)}
    and month < {literal(selection.period.end)}
order by 1, 3 desc"""
    return Answer(build.table(sql), sql, EVIDENCE, "month and kind of evidence")


def cost_tie(build: Published, selection: Selection) -> Answer:
    """How the period's bill ties to events, compared where the days before are loaded.

    Columns: unattributed, unattributed_previous, unattributed_change, billed, attributed, and
    estimated: list cost of calls whose bill is not loaded, no part of the bill.
    """
    period = selection.period
    other = selection.against or Period(period.start, period.start)
    usd = selection.display.usd
    now = f"date >= {literal(period.start)} and date < {literal(period.end)}"
    past = f"date >= {literal(other.start)} and date < {literal(other.end)}"
    sql = f"""\
with sums as (
    select
        min(date) as first_day,
        sum(unattributed_usd) filter (where {now}) as unattributed,
        sum(unattributed_usd) filter (where {past}) as unattributed_previous,
        sum(billed_usd) filter (where {now}) as billed,
        sum(attributed_usd) filter (where {now}) as attributed,
        sum(estimated_cost_usd) filter (where {now}) as estimated
    from {COST_TIE}
)

select
    {usd("unattributed")} as unattributed,
    {usd("unattributed_previous")} as unattributed_previous,
    case
        when first_day <= {literal(other.start)}
            then {usd("(unattributed - unattributed_previous)")}
    end as unattributed_change,
    {usd("billed")} as billed,
    {usd("attributed")} as attributed,
    {usd("estimated")} as estimated
from sums"""
    return Answer(build.table(sql), sql, COST_TIE, "UTC day, provider and project")


def cost_tie_by_time(build: Published, selection: Selection) -> Answer:
    """The bill by bucket, attributed and not. Columns: date, series, value, is_provisional."""
    period, grain = selection.period, selection.grain
    parts = "\n    union all\n".join(
        f"    select date, '{series}' as series, {column} as amount, is_provisional "
        f"from {COST_TIE}"
        for series, column in (
            ("attributed", "attributed_usd"), ("__unattributed__", "unattributed_usd"),
        )
    )  # fmt: skip
    sql = f"""\
select
    {bucket(grain, "date")} as date,
    series,
    {selection.display.usd("sum(amount)")} as value,
    bool_or(is_provisional)
    or {bucket(grain, "min(date)")} < {literal(period.start)}
    or {bucket_end(grain, bucket(grain, "min(date)"))} > {literal(period.end)} as is_provisional
from (
{parts}
) as parts
where date >= {literal(period.start)} and date < {literal(period.end)}
group by 1, 2
having sum(amount) <> 0
order by 1, 2 desc"""
    return Answer(build.table(sql), sql, COST_TIE, "UTC day, provider and project")


def bill_controls(build: Published, selection: Selection) -> Answer:
    """Whether each account's bill of the period is whole, in the right unit, and tied to events.

    Columns: provider, source_account, days, billed, days_with_control, days_off (whose lines differ
    from the provider's own total), difference (sum of those), unreadable_lines, days_not_final,
    ratio (billed for tokens to the provider's usage report at list price).
    """
    usd = selection.display.usd
    sql = f"""\
select
    provider,
    source_account,
    count(*) as days,
    {usd("sum(billed_usd)")} as billed,
    count(control_usd) as days_with_control,
    count(*) filter (where not is_tied) as days_off,
    {usd("sum(difference_usd) filter (where not is_tied)")} as difference,
    sum(unreadable_lines) as unreadable_lines,
    count(*) filter (where not is_final) as days_not_final,
    cast(
        sum(billed_for_tokens_usd) filter (where reported_list_usd is not null)
        / nullif(sum(reported_list_usd), 0) as decimal(18, 4)
    ) as ratio
from {BILL_CONTROLS}
where
    date >= {literal(selection.period.start)}
    and date < {literal(selection.period.end)}
group by provider, source_account
order by provider, source_account
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, BILL_CONTROLS, "provider, account and UTC day")


def cost_exceptions(build: Published, selection: Selection, most: int = 200) -> Answer:
    """Days and projects whose bill is not explained to the last digit, the largest part first."""
    usd = selection.display.usd
    sql = f"""\
select
    date, provider, project_id,
    {usd("billed_usd")} as billed,
    {usd("attributed_usd")} as attributed,
    {usd("unattributed_usd")} as unattributed,
    {usd("restated_usd")} as restated,
    billed_to_estimated_ratio, coverage, unpriced_calls
from {COST_TIE}
where
    date >= {literal(selection.period.start)}
    and date < {literal(selection.period.end)}
    and (unattributed_usd <> 0 or restated_usd <> 0 or unpriced_calls > 0)
order by abs(unattributed_usd) desc, date desc
limit {most}"""
    return Answer(build.table(sql), sql, COST_TIE, "UTC day, provider and project")


def mrr_checks(build: Published, most: int = 200) -> Answer:
    """What ties of the revenue ledger, summaries first, then each exception with its reason.

    Amounts stay in the currency that they are billed in: a check over several has counts alone.
    """
    sql = f"""\
select
    check_name,
    case when subject_id = '__all__' then 'all of them' else subject_id end as subject,
    upper(currency) as currency,
    expected,
    actual,
    difference,
    subjects,
    exceptions,
    reason
from {MRR_TIE}
order by subject_id <> '__all__', abs(coalesce(difference, 0)) desc, 1, 2
limit {most}"""
    return Answer(build.table(sql), sql, MRR_TIE, "check, and check and exception")


def native_mrr(build: Published) -> Answer:
    """Each billing provider's own MRR beside ours, by reason and currency, never mixed.

    Columns: billing_provider, source_account, reason, currency, subscriptions, native_mrr, mrr,
    difference (ours less theirs).
    """
    sql = f"""\
select
    billing_provider,
    source_account,
    reason,
    upper(native_currency) as currency,
    count(*) as subscriptions,
    sum(native_mrr) as native_mrr,
    sum(mrr) as mrr,
    sum(difference) as difference
from {NATIVE_MRR}
group by billing_provider, source_account, reason, native_currency
order by billing_provider, source_account, reason, native_currency"""
    return Answer(build.table(sql), sql, NATIVE_MRR, "subscription")


def alerts(build: Published, statuses: Sequence[str]) -> Answer:
    """Alerts of some statuses (open, recovered, ended), the critical and the newest first."""
    wanted = ", ".join(literal(status) for status in statuses)
    sql = f"""\
select
    severity, message, metric, value, threshold, unit, currency, sample_size,
    dimension, dimension_value, period_grain, period_start, first_seen_at, last_seen_at,
    status, recovered_at, alert_id,
    'select * from monitoring.kpis where metric = ''' || metric || ''''
    || ' and dimension = ''' || replace(dimension, '''', '''''') || ''''
    || ' and dimension_value = ''' || replace(dimension_value, '''', '''''') || ''''
    || ' order by period_start desc' as query
from {ALERTS}
where status in ({wanted})
order by severity, period_start desc, alert_id, dimension_value
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, ALERTS, "alert rule, what it is about, first period")


def checked_values(build: Published, alert_id: str) -> Answer:
    """Every value that a rule has looked at, by thing and period, with what it is made of.

    Columns: dimension_value, period_start, period_end, value, threshold, status, sample_size,
    is_state, unit, currency, kpi_value, value_before (that before it), numerator, denominator.
    """
    sql = f"""\
select
    checks.dimension_value,
    checks.period_start,
    checks.period_end,
    checks.value,
    checks.threshold,
    checks.status,
    checks.sample_size,
    checks.is_state,
    checks.unit,
    checks.currency,
    kpis.value as kpi_value,
    lag(kpis.value) over (
        partition by checks.dimension_value order by checks.period_start
    ) as value_before,
    kpis.numerator,
    kpis.denominator
from {CHECKS} as checks
left join {KPIS} as kpis
    on
        checks.metric = kpis.metric
        and checks.period_grain = kpis.period_grain
        and checks.period_start = kpis.period_start
        and checks.dimension = kpis.dimension
        and checks.dimension_value = kpis.dimension_value
where checks.alert_id = {literal(alert_id)}
order by 1, 2"""
    return Answer(build.table(sql), sql, CHECKS, "rule, what it is about and period")


def alert_rule(build: Published, alert_id: str) -> Answer:
    """A rule as the build knows it: thresholds in its sense, direction, sample; no row for none."""
    sql = f"""\
select *
from {RULES}
where alert_id = {literal(alert_id)}"""
    return Answer(build.table(sql), sql, RULES, "alert rule")


def rows_behind(build: Published, metric: str, dimension: str, value: str) -> Answer:
    """The newest values of a KPI for the thing that an alert is about."""
    sql = f"""\
select
    period_start, period_grain, value, numerator, denominator, sample_size, unit, currency,
    is_provisional
from {KPIS}
where
    metric = {literal(metric)}
    and dimension = {literal(dimension)}
    and dimension_value = {literal(value)}
order by period_start desc
limit 60"""
    return Answer(build.table(sql), sql, KPIS, "KPI, what it is about and period")


def alert_counts(build: Published) -> Answer:
    """One row: open_critical, open_warning, recovered, open_alerts."""
    sql = f"""\
select
    count(*) filter (where status = 'open') as open_alerts,
    count(*) filter (where status = 'open' and severity = 'critical') as open_critical,
    count(*) filter (where status = 'open' and severity <> 'critical') as open_warning,
    count(*) filter (where status = 'recovered') as recovered
from {ALERTS}"""
    return Answer(build.table(sql), sql, ALERTS, "alert rule, what it is about, first period")


def rules(build: Published) -> Answer:
    """The newest checked period of each rule and thing it watches, those that fire first."""
    sql = f"""\
select
    alert_id, coalesce(named.title, checks.metric) as metric_title, checks.metric, dimension,
    dimension_value, period_grain, period_start, status, value, threshold, checks.unit,
    checks.currency, sample_size, checks.minimum_sample
from (
    select *, row_number() over (
        partition by alert_id, dimension, dimension_value order by period_start desc
    ) as newest
    from {CHECKS}
) as checks
left join {DEFINITIONS} as named on checks.metric = named.metric
where newest = 1
order by status in ('critical', 'warning') desc, alert_id, dimension_value
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, CHECKS, "rule, what it is about and period")


def insight_count(build: Published) -> Answer:
    """One row: insights."""
    sql = f"select count(*) as insights from {INSIGHTS}"
    return Answer(build.table(sql), sql, INSIGHTS, "finding")


def columns(build: Published) -> Answer:
    """One row per column of each published table: table_name, column_name, type, description."""
    sql = """\
select
    schema_name || '.' || table_name as table_name,
    column_name,
    data_type,
    comment as description
from duckdb_columns()
where not internal
order by schema_name, table_name, column_index"""
    return Answer(build.table(sql), sql, "duckdb_columns()", "published column")


def insights(build: Published) -> Answer:
    """Findings, the newest first."""
    sql = f"""\
select insight_type, subject_type, subject_name, subject_id, period_start, message, query
from {INSIGHTS}
order by period_start desc, insight_type, subject_id"""
    return Answer(build.table(sql), sql, INSIGHTS, "finding")


def insights_of(build: Published, customer_id: str) -> Answer:
    """Findings about one customer, the newest first."""
    sql = f"""\
select insight_type, period_start, message
from {INSIGHTS}
where subject_type = 'customer' and subject_id = {literal(customer_id)}
order by period_start desc, insight_type"""
    return Answer(build.table(sql), sql, INSIGHTS, "finding")


def definitions(build: Published) -> Answer:
    """Every metric with its meaning, formula, unit and model."""
    sql = f"""\
select metric, title, meaning, formula, unit, mart
from {DEFINITIONS}
order by 1"""
    return Answer(build.table(sql), sql, DEFINITIONS, "metric")


def lacks(build: Published, mart: str, setting: str) -> bool:
    """Whether a mart is empty because a source that fills it has no setting yet."""
    sql = f"""\
select
    exists (select 1 from {FRESHNESS} where missing_setting = {literal(setting)})
    and not exists (select 1 from {mart}) as is_lacking"""
    return bool(build.table(sql).column("is_lacking")[0].as_py())


def is_loaded(build: Published) -> bool:
    """Whether any source was ever loaded."""
    sql = f"select count(last_synced_at) as loaded from {FRESHNESS}"
    return bool(build.table(sql).column("loaded")[0].as_py())


def rule_count(build: Published) -> int:
    """How many alert rules there are."""
    return int(build.table(f"select count(*) as n from {RULES}").column("n")[0].as_py())

"""Thresholds of `seeds/alert_thresholds.csv`: changed on a page, tried on the past before.

A change touches one row of the file and nothing else in it; it takes effect with the next
`dbt build`. How often it would have fired is reckoned from the values that the build has checked,
by the rules of docs/alerts.md: complete periods, minimum sample, chance ruled out, lasting calm.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml

from pipelines import seeds
from pipelines.errors import SettingError
from pipelines.files import write_whole

SEED: Final = Path("seeds") / "alert_thresholds.csv"
COLUMNS: Final = ("warning", "critical", "minimum_sample")
_ROOT: Final = Path(__file__).resolve().parents[2]
#: Values of the vars of dbt_project.yml where the file does not say them.
_DEFAULTS: Final = {
    "alert_recovery_margin": 0.05, "alert_cooldown_days": 3, "alert_chance": 0.01,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A row's new values, the file's text with them, and what differs, line by line."""

    alert_id: str
    before: str
    after: str
    difference: str


def seed_path() -> Path:
    """The seed of `SEEDS_DIR`, else of this installation."""
    return seeds.seed_path(SEED.stem)


def rows(path: Path | None = None) -> dict[str, dict[str, str]]:
    """Rows of the seed by their rule.

    Raises:
        SettingError: the file cannot be read.
    """
    return {row["alert_id"]: row for row in _read(_text(path or seed_path()))}


def change(alert_id: str, values: Mapping[str, str], path: Path | None = None) -> Change:
    """What the seed would be with other values of a rule; writes nothing.

    Args:
        alert_id: the rule.
        values: text of the columns `COLUMNS` that change; empty for none.
        path: the seed; default: `seed_path()`.

    Raises:
        SettingError: no such rule, a value is no number, or the rule could never fire.
    """
    before = _text(path or seed_path())
    found = {row["alert_id"]: row for row in _read(before)}
    if alert_id not in found:
        raise SettingError(f"seeds/alert_thresholds.csv has no rule {alert_id}.")
    row = {**found[alert_id], **{name: values[name].strip() for name in COLUMNS if name in values}}
    warning, critical = (_number(name, row[name]) for name in ("warning", "critical"))
    sample = _number("minimum_sample", row["minimum_sample"])
    if sample is not None and (sample < 0 or sample != int(sample)):
        raise SettingError("minimum_sample is a whole number from 0 on.")
    if warning is None and critical is None:
        raise SettingError("A rule without warning and critical never fires: give one of them.")
    if warning is not None and critical is not None and not _is_milder(row, warning, critical):
        raise SettingError("The critical threshold is milder than the warning.")
    after = _with_row(before, alert_id, row)
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), str(SEED), str(SEED), n=0, lineterm=""
    )
    return Change(alert_id, before, after, "\n".join(list(lines)[3:]))


def write(made: Change, path: Path | None = None) -> None:
    """Write a change.

    Raises:
        SettingError: the file was changed meanwhile, or cannot be written; it is as it was.
    """
    file = path or seed_path()
    if _text(file) != made.before:
        raise SettingError("seeds/alert_thresholds.csv was changed meanwhile: look at it again.")
    try:
        write_whole(file, made.after)
    except OSError as error:
        raise SettingError(f"{file.name} cannot be written: {error.strerror}.") from error


def firings(
    checks: Sequence[Mapping[str, Any]],
    rule: Mapping[str, Any],
    warning: Decimal | None,
    critical: Decimal | None,
    minimum_sample: int,
    since: date,
) -> int:
    """How many alerts a rule would have begun since a day.

    Args:
        checks: its rows of `monitoring.alert_checks` with kpi_value, value_before, numerator and
            denominator, of any order.
        rule: its row of `core.dim_alert_rules`; thresholds in its sense (a drop is below zero).
        warning, critical: thresholds to try, in the same sense.
        minimum_sample: sample below which nothing fires.
        since: first period that counts as a beginning.
    """
    settings = _settings()
    least = warning if warning is not None else critical
    if least is None:
        return 0
    sign = 1 if rule["direction"] == "up" else -1
    margin = abs(least) * Decimal(str(settings["alert_recovery_margin"]))
    cooldown = timedelta(days=float(settings["alert_cooldown_days"]))
    begun = 0
    for thing in {row["dimension_value"] for row in checks}:
        is_open, disturbed = False, None
        own = [row for row in checks if row["dimension_value"] == thing]
        for row in sorted(own, key=lambda one: one["period_start"]):
            value = row["value"]
            if value is None or row["status"] in ("no_value", "held", "waiting"):
                continue
            if row["sample_size"] is not None and row["sample_size"] < minimum_sample:
                continue
            beyond = [one for one in (warning, critical) if one is not None]
            is_beyond = any(sign * value > sign * one for one in beyond)
            if is_beyond and rule["is_exact"] and not _is_sure(row, rule, least, settings):
                continue
            is_back = sign * value <= sign * least - margin
            if is_beyond or not is_back:
                disturbed = row["period_end"]
            if is_beyond and not is_open:
                is_open = True
                begun += row["period_start"] >= since
            elif is_back and is_open and (row["is_state"] or _is_calm(disturbed, row, cooldown)):
                is_open = False
    return begun


def in_sense(row: Mapping[str, str], name: str) -> Decimal | None:
    """A threshold of the seed as the rule means it: a drop is below zero, a rise above."""
    value = _number(name, row[name])
    if value is None:
        return None
    kind = row["comparison"].replace("_exact", "")
    return -abs(value) if kind == "drop" else abs(value) if kind == "rise" else value


def _is_calm(disturbed: datetime | None, row: Mapping[str, Any], cooldown: timedelta) -> bool:
    return disturbed is None or disturbed <= row["period_end"] - cooldown


def _is_milder(row: Mapping[str, str], warning: Decimal, critical: Decimal) -> bool:
    """Whether critical is at least as far as the warning."""
    kind = row["comparison"].replace("_exact", "")
    if kind in ("rise", "drop"):
        return abs(critical) >= abs(warning)
    return critical >= warning if kind == "above" else critical <= warning


def _is_sure(
    row: Mapping[str, Any], rule: Mapping[str, Any], least: Decimal, settings: Mapping[str, Any]
) -> bool:
    """Whether chance alone does so in less than the var `alert_chance` of periods."""
    if rule["is_change"]:
        now, before = row["kpi_value"], row["value_before"]
        if now is None or before is None:
            return False
        hits, rate = (now if rule["direction"] == "up" else before), 0.5
        tries = now + before
    else:
        hits, tries, rate = row["numerator"], row["denominator"], float(least)
        if hits is None or tries is None:
            return False
        if rule["direction"] == "down":
            hits, rate = tries - hits, 1 - rate
    return _log_chance(float(hits), float(tries), rate) < math.log(float(settings["alert_chance"]))


def _log_chance(hits: float, tries: float, rate: float) -> float:
    """Upper bound of the binomial tail, as macro `log_chance_of_at_least` has it."""
    if tries < 0 or hits > tries or hits <= 0 or rate >= 1 or hits <= tries * rate:
        return 0.0
    if rate <= 0:
        return -1000.0
    exact = (
        math.lgamma(tries + 1) - math.lgamma(hits + 1) - math.lgamma(tries - hits + 1)
        + hits * math.log(rate) + (tries - hits) * math.log(1 - rate)
    )  # fmt: skip
    tail = (hits + 1) * (1 - rate)
    return min(0.0, exact + math.log(tail / (tail - (tries - hits) * rate)))


def _settings() -> dict[str, Any]:
    """The vars of dbt_project.yml that say when an alert begins and ends."""
    file = next((one for one in (Path(), _ROOT) if (one / "dbt_project.yml").exists()), _ROOT)
    try:
        told = yaml.safe_load((file / "dbt_project.yml").read_text("utf-8")).get("vars", {})
    except (OSError, yaml.YAMLError, AttributeError):
        told = {}
    return {name: told.get(name, value) for name, value in _DEFAULTS.items()}


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{SEED} cannot be read: {error}.") from error


def _read(text: str) -> list[dict[str, str]]:
    return [
        {name: value or "" for name, value in row.items() if name}
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if row.get("alert_id")
    ]


def _with_row(text: str, alert_id: str, row: Mapping[str, str]) -> str:
    """The file with one record in place of that of a rule; every other byte stays."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader)
    place, begin = header.index("alert_id"), reader.line_num
    for record in reader:
        end = reader.line_num
        if len(record) > place and record[place] == alert_id:
            old = "".join(lines[begin:end])
            ending = old[len(old.rstrip("\r\n")) :]
            out = io.StringIO(newline="")
            csv.writer(out, lineterminator="").writerow([row.get(name, "") for name in header])
            return "".join([*lines[:begin], out.getvalue() + ending, *lines[end:]])
        begin = end
    raise SettingError(f"seeds/alert_thresholds.csv has no rule {alert_id}.")


def _number(name: str, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise SettingError(f"{name} is no number: {text[:40]!r}. Write it like 0.05.")
    return value

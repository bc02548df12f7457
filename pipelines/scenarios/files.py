"""Scenarios as YAML files: what each change is, and what is wrong with one that cannot be read.

    description: The assistant on the small model
    month: 2026-10            # optional; default: the last complete month
    changes:
      - swap_model: {feature: assistant, from: gpt-4o, to: gpt-4o-mini, share: 0.8,
                     token_factor: {low: 0.9, mid: 1, high: 1.2}}
      - price_change: {model: gpt-4o, factor: 0.5, from_date: 2026-10-15}
      - price_change: {model: gpt-4o, usd_per_million: {input: 2, output: 8}}
      - batch: {feature: reports, eligible_share: 0.4}
      - cache: {feature: assistant, hit_rate: 0.2}
      - plan_price: {plan: prod_pro, old: 49, new: 59, churn_assumption: 0.05}

`feature: "*"` (the default) is all features. Models may be written `provider/model`. Changes apply
one after the other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml

from pipelines.errors import SettingError

#: Kinds of token that a price change may name.
TOKEN_KINDS: Final = ("input", "cached_input", "cache_write", "output")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
#: No scenario is longer than this.
_LARGEST_FILE: Final = 100_000


class ScenarioError(SettingError):
    """A scenario cannot be read or played; the message names file, change, field and remedy."""


@dataclass(frozen=True)
class Factors:
    """What tokens of another model count, low to high: tokenisers and answers differ."""

    low: Decimal
    mid: Decimal
    high: Decimal


@dataclass(frozen=True)
class SwapModel:
    """A share of a feature's calls goes to another model."""

    feature: str
    source: str
    target: str
    share: Decimal
    token_factor: Factors


@dataclass(frozen=True)
class PriceChange:
    """A model costs another price: all rates times a factor, or US dollars per million tokens."""

    model: str
    factor: Decimal | None
    usd_per_million: Mapping[str, Decimal]
    from_date: date | None


@dataclass(frozen=True)
class Batch:
    """A share of a feature's calls can wait, and pays the rates of batches."""

    feature: str
    eligible_share: Decimal


@dataclass(frozen=True)
class Cache:
    """A share of a feature's calls is answered from our own cache, and costs nothing."""

    feature: str
    hit_rate: Decimal


@dataclass(frozen=True)
class PlanPrice:
    """A plan's price times `ratio`; a share of its customers leaves."""

    plan: str
    ratio: Decimal
    churn: Decimal


Change = SwapModel | PriceChange | Batch | Cache | PlanPrice


@dataclass(frozen=True)
class Scenario:
    """A named list of changes; `month` is None for the last complete one."""

    name: str
    description: str
    month: date | None
    changes: tuple[Change, ...]


def folder() -> Path:
    """Where scenarios lie: SCENARIOS_DIR, else `scenarios`."""
    return Path(os.environ.get("SCENARIOS_DIR") or "scenarios")


def names(directory: Path | None = None) -> list[str]:
    """Names of all scenarios: their files without ending."""
    found = (directory or folder()).glob("*.yml")
    return sorted(file.stem for file in found if _NAME.fullmatch(file.stem))


def version(directory: Path | None = None) -> str:
    """A text that changes with any file of the folder."""
    files = sorted((directory or folder()).glob("*.yml"))
    return " ".join(f"{file.stem}:{file.stat().st_mtime_ns}" for file in files)


def read(name: str, directory: Path | None = None) -> Scenario:
    """The scenario of a name.

    Raises:
        ScenarioError: there is none, or it cannot be read.
    """
    place = directory or folder()
    file = place / f"{name}.yml"
    if not _NAME.fullmatch(name) or not file.is_file():
        known = ", ".join(names(place)) or "none"
        raise ScenarioError(f"There is no scenario {name[:64]!r} in {place}. Known: {known}.")
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise ScenarioError(
                f"{file.name} has more than {_LARGEST_FILE} bytes; no scenario has."
            )
        content = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise ScenarioError(
            f"{file.name}{_said_of(error)}. See scenarios/ for examples."
        ) from error
    return parse(name, content, file.name)


def _said_of(error: Exception) -> str:
    """Where in a file something is wrong, and what."""
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}" if mark else ""
    if isinstance(error, OSError):
        problem = f"cannot be read ({error.strerror})"
    elif isinstance(error, ValueError) and not isinstance(error, UnicodeDecodeError):
        problem = f"a day or number that is none ({error})"  # 2026-02-30, without quotes
    else:
        problem = getattr(error, "problem", None) or "no text of YAML"
    return f"{where}: {problem}"


def parse(name: str, content: Any, file: str) -> Scenario:
    """The scenario that a file's content says."""
    top = _Fields(content or {}, file, {"description", "month", "changes"})
    listed = top.given("changes", [])
    if not isinstance(listed, list):
        raise top.wrong("changes", "a list")
    return Scenario(
        name,
        top.text("description", ""),
        top.month("month"),
        tuple(_change(entry, f"{file}, change {place}") for place, entry in enumerate(listed, 1)),
    )


def _change(entry: Any, where: str) -> Change:
    if not isinstance(entry, dict) or len(entry) != 1 or next(iter(entry)) not in _READ:
        raise ScenarioError(f"{where}: a change is one of {', '.join(_READ)}, with its fields.")
    kind, fields = next(iter(entry.items()))
    allowed, make = _READ[kind]
    return make(_Fields(fields, f"{where} ({kind})", allowed))


class _Fields:
    """Fields of a mapping, each read once; an unknown one is an error."""

    def __init__(self, fields: Any, where: str, allowed: set[str]) -> None:
        if not isinstance(fields, dict):
            raise ScenarioError(f"{where}: expected fields ({', '.join(sorted(allowed))}).")
        unknown = sorted(str(key)[:40] for key in fields if key not in allowed)
        if unknown:
            raise ScenarioError(
                f"{where}: unknown field {', '.join(unknown)}; known are "
                f"{', '.join(sorted(allowed))}."
            )
        self.where = where
        self._fields = fields

    def given(self, name: str, default: Any = None) -> Any:
        value = self._fields.get(name)
        return default if value is None else value

    def wrong(self, name: str, expected: str) -> ScenarioError:
        value = str(self._fields.get(name))[:40]
        return ScenarioError(f"{self.where}: {name} is {value!r}; it must be {expected}.")

    def text(self, name: str, default: str | None = None) -> str:
        value = self.given(name, default)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(name, "a text")

    def number(
        self,
        name: str,
        default: str | None = None,
        least: int = 0,
        most: int = 1_000_000,
        above: bool = False,
    ) -> Decimal:
        value = self.given(name, default)
        try:
            if isinstance(value, bool):
                raise InvalidOperation
            found = Decimal(str(value))
        except InvalidOperation:
            raise self.wrong(name, f"a number from {least} to {most}") from None
        if not found.is_finite() or not least <= found <= most or (above and found == least):
            edge = "above " if above else "from "
            raise self.wrong(name, f"a number {edge}{least} to {most}")
        return found

    def share(self, name: str, default: str | None = None) -> Decimal:
        return self.number(name, default, most=1)

    def day(self, name: str) -> date | None:
        value = self.given(name)
        try:
            return None if value is None else date.fromisoformat(str(value)[:10])
        except ValueError:
            raise self.wrong(name, "a day (YYYY-MM-DD)") from None

    def month(self, name: str) -> date | None:
        value = self.given(name)
        try:
            return None if value is None else date.fromisoformat(f"{str(value)[:7]}-01")
        except ValueError:
            raise self.wrong(name, "a month (YYYY-MM)") from None


def _swap(fields: _Fields) -> SwapModel:
    factor = fields.given("token_factor", 1)
    if isinstance(factor, dict):
        inner = _Fields(factor, f"{fields.where}, token_factor", {"low", "mid", "high"})
        mid = inner.number("mid", "1", above=True)
        factors = Factors(
            inner.number("low", str(mid), above=True), mid, inner.number("high", str(mid))
        )
        if not factors.low <= factors.mid <= factors.high:
            raise ScenarioError(f"{inner.where}: low, mid and high must rise.")
    else:
        one = fields.number("token_factor", "1", above=True)
        factors = Factors(one, one, one)
    return SwapModel(
        fields.text("feature", "*"),
        fields.text("from"),
        fields.text("to"),
        fields.share("share", "1"),
        factors,
    )


def _price(fields: _Fields) -> PriceChange:
    rates = fields.given("usd_per_million", {})
    inner = _Fields(rates, f"{fields.where}, usd_per_million", set(TOKEN_KINDS))
    factor = fields.number("factor") if fields.given("factor") is not None else None
    if (factor is None) == (not rates):
        raise ScenarioError(f"{fields.where}: give either factor or usd_per_million.")
    return PriceChange(
        fields.text("model"),
        factor,
        {kind: inner.number(kind) for kind in rates},
        fields.day("from_date"),
    )


def _plan(fields: _Fields) -> PlanPrice:
    if fields.given("change") is not None:
        ratio = 1 + fields.number("change", least=-1, most=100)
        if fields.given("old") is not None or fields.given("new") is not None:
            raise ScenarioError(f"{fields.where}: give either change, or old and new.")
    else:
        ratio = fields.number("new") / fields.number("old", above=True)
    return PlanPrice(fields.text("plan"), ratio, fields.share("churn_assumption", "0"))


_READ: Final[dict[str, tuple[set[str], Callable[[_Fields], Change]]]] = {
    "swap_model": ({"feature", "from", "to", "share", "token_factor"}, _swap),
    "price_change": ({"model", "factor", "usd_per_million", "from_date"}, _price),
    "batch": (
        {"feature", "eligible_share"},
        lambda fields: Batch(fields.text("feature", "*"), fields.share("eligible_share")),
    ),
    "cache": (
        {"feature", "hit_rate"},
        lambda fields: Cache(fields.text("feature", "*"), fields.share("hit_rate")),
    ),
    "plan_price": ({"plan", "old", "new", "change", "churn_assumption"}, _plan),
}

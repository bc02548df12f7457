"""The package `genai-prices` (MIT): prices with some history, long contexts, tiers. The base.

A price without a start holds from `EARLIEST` on: the source states it for all days before. A tier's
rates are dated by the day the source took them up; they are taken to hold since the standard price
beside them began, and not before. A tier that states no rate for a token type keeps the standard
one. Where a price depends on the hour of the day, the dearest hour is listed: what other hours are
cheaper is seen on the bill. A model that is called free and has no rates costs 0.
"""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from scripts.prices.seed import EARLIEST, Price

PACKAGE: Final = "genai-prices"

TOKEN_TYPES: Final = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
    "input_audio_mtok": "input_audio",
    "cache_audio_read_mtok": "cached_input_audio",
    "output_audio_mtok": "output_audio",
    "input_image_mtok": "input_image",
    "output_image_mtok": "output_image",
}
#: Units that are counted in thousands; the seed states all per million.
THOUSANDS: Final = {
    "web_searches_kcount": "web_searches",
    "storage_searches_kcount": "file_searches",
}
#: How genai-prices names the context of a request -> service tier.
TIERS: Final = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    # one tier under two names
    ("service_tier", "fast"): "priority",
}


def read_wheel(wheel: Path) -> list[Made]:
    """The providers that the package's wheel lists."""
    with zipfile.ZipFile(wheel) as archive:
        return read_data_file(archive.read("genai_prices/data.py").decode())


@dataclass(frozen=True)
class Made:
    """A constructor call in the data file: `Tier(start=1, price=...)`."""

    name: str
    fields: dict[str, Any]

    def get(self, field: str) -> Any:
        """The field, None where the call does not give it."""
        return self.fields.get(field)


def read_data_file(text: str) -> list[Made]:
    """The providers of genai-prices' data.py, read as text: nothing in it is executed.

    Raises:
        ValueError: the file is not laid out as expected.
    """
    for statement in ast.parse(text).body:
        target = getattr(statement, "target", None)
        if (
            isinstance(statement, ast.AnnAssign)
            and statement.value is not None
            and getattr(target, "id", "") == "providers"
        ):
            found: list[Made] = _value(statement.value)
            return found
    raise ValueError("genai-prices: no `providers` in its data file")


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        keys = [_value(key) for key in node.keys if key is not None]
        return dict(zip(keys, [_value(value) for value in node.values], strict=True))
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else _name(node.func)
        values = [_value(item) for item in node.args]
        if name == "Decimal":
            return Decimal(values[0])
        if name == "date":
            return date(*values)
        return Made(name, {word.arg or "": _value(word.value) for word in node.keywords})
    # A constant of a module, such as a time zone: only its name is of use.
    return node.attr if isinstance(node, ast.Attribute) else ast.literal_eval(node)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    raise ValueError(f"genai-prices: unexpected {ast.dump(node)[:80]}")


def _rates(prices: Made) -> dict[tuple[str, int], Decimal]:
    """(token type, context) -> US dollars per million."""
    rates: dict[tuple[str, int], Decimal] = {}
    for field, value in prices.fields.items():
        if field in TOKEN_TYPES:
            name, factor = TOKEN_TYPES[field], 1
        elif field in THOUSANDS:
            name, factor = THOUSANDS[field], 1000
        else:
            continue
        if isinstance(value, Made):
            rates[(name, 0)] = value.get("base") * factor
            for tier in value.get("tiers"):
                rates[(name, tier.get("start"))] = tier.get("price") * factor
        elif value is not None:
            rates[(name, 0)] = value * factor
    return rates


def _is_free(model: Made) -> bool:
    """Whether a model without rates is said to be free, by its name or in words."""
    said = str(model.get("description") or "").lower()
    return str(model.get("id")).endswith(":free") or "free of charge" in said


#: Said of the rates of the dearest hour.
HOURS_NOTE: Final = "By the hour of the day: the dearest hour"


def _periods(model: Made) -> list[tuple[date | None, dict[tuple[str, int], Decimal], str]]:
    """Standard rates by the day they start, None for what holds before any day given, and what to
    note.
    """
    prices = model.get("prices")
    if isinstance(prices, Made):
        rates = _rates(prices)
        if not rates and _is_free(model):
            rates = {("input", 0): Decimal(0), ("output", 0): Decimal(0)}
        return [(None, rates, "")]
    periods: list[tuple[date | None, dict[tuple[str, int], Decimal], str]] = []
    of_hours: list[dict[tuple[str, int], Decimal]] = []
    for conditional in prices:
        constraint = conditional.get("constraint")
        rates = _rates(conditional.get("prices"))
        if constraint is None:
            periods.append((None, rates, ""))
        elif constraint.name == "StartDateConstraint":
            periods.append((constraint.get("start_date"), rates, ""))
        else:
            of_hours.append(rates)
    periods.sort(key=lambda period: period[0] or date.min)
    if of_hours:
        start, rates, _ = periods[-1]
        dearest = {place: max([usd, *(r.get(place, usd) for r in of_hours)])
                   for place, usd in rates.items()}  # fmt: skip
        periods[-1] = (start, dearest, HOURS_NOTE)
    return periods


def prices_of_model(provider: str, model: Made, source: str, today: date) -> Iterator[Price]:
    """All rows of a model of genai-prices, periods of each key in order."""
    periods = _periods(model)
    for number, (start, standard, remark) in enumerate(periods):
        until = periods[number + 1][0] if number + 1 < len(periods) else None
        kind, note = "effective", ""
        if start is None:
            kind, note = "first_seen", "Start unknown; the source states it for all days before"
        note = "; ".join(part for part in (note, remark) if part)
        since = start or EARLIEST
        is_last = until is None

        def rows(
            tier: str,
            rates: Mapping[tuple[str, int], Decimal],
            kind: str,
            note: str,
            since: date = since,
            until: date | None = until,
        ) -> Iterator[Price]:
            for (token_type, context), usd in rates.items():
                yield Price(
                    provider, model.get("id"), token_type, tier, context, usd, since, until, kind,
                    source, today, note,
                )  # fmt: skip

        yield from rows("standard", standard, kind, note)
        if not is_last:
            continue
        told: set[str] = set()
        for variant in model.get("price_variants") or ():
            when = variant.get("when")
            tier = TIERS.get(next(iter(when.items()))) if len(when) == 1 else None
            if tier is None or tier in told:
                continue
            told.add(tier)
            stated = _rates(variant.get("prices"))
            types = {token_type for token_type, _ in stated}
            kept = {place: usd for place, usd in standard.items() if place[0] not in types}
            seen = variant.get("constraint")
            dated = f"Seen first on {seen.get('start_date')}; " if seen is not None else ""
            note = f"{dated}held to be as old as the standard price beside it"
            yield from rows(tier, stated, "first_seen", note)
            yield from rows(
                tier, kept, "first_seen", "The tier states no rate of its own: the standard one"
            )


def patterns(match: Made | None) -> Iterator[str]:
    """Globs that match what a clause of genai-prices matches; none for what a glob cannot say."""
    if match is None:
        return
    if match.name == "ClauseEquals":
        yield match.get("equals")
    elif match.name == "ClauseStartsWith":
        yield f"{match.get('starts_with')}*"
    elif match.name == "ClauseContains":
        yield f"*{match.get('contains')}*"
    elif match.name == "ClauseEndsWith":
        yield f"*{match.get('ends_with')}"
    elif match.name == "ClauseOr":
        for part in match.get("or_"):
            yield from patterns(part)
    elif match.name == "ClauseRegex":
        dated = re.sub(r"\\d\{(\d)\}", lambda found: "?" * int(found[1]), match.get("regex"))
        glob = dated.removeprefix("^").removesuffix("$").replace("\\.", ".")
        if re.fullmatch(r"[\w.?-]+", glob):
            yield glob


def aliases_of(provider: str, models: Sequence[Made], source: str) -> Iterator[list[str]]:
    """Rows of model_aliases: the first model in the source's order wins, as it does there."""
    seen: set[str] = set()
    for place, model in enumerate(models):
        for pattern in dict.fromkeys(patterns(model.get("match"))):
            if pattern not in seen:
                seen.add(pattern)
                yield [provider, pattern, model.get("id"), str(len(models) - place), source]


def names_of(provider: str, models: Sequence[Made]) -> dict[tuple[str, str], list[str]]:
    """(provider, model) -> its exact names."""
    return {
        (provider, model.get("id")): [
            pattern for pattern in patterns(model.get("match")) if not set(pattern) & set("*?")
        ]
        for model in models
    }

"""List prices of AI models: `make prices` refreshes the seeds llm_prices and model_aliases.

Sources, read from their wheels at refresh time (nothing of them is installed or run):

- `genai-prices` (MIT): prices with some history, long contexts, tiers. The base.
- LiteLLM's table (MIT): tiers and batch rates that the former lacks.

Rows are only ever appended: a price that changed closes its row with `valid_to` and gets a new one.

What the sources do not say is decided once, here, and written in each row's `note`:

- A price without a start holds from `EARLIEST` on: the source states it for all days before.
- A tier's rates are dated by the day the source took them up. They are taken to hold since the
  standard price beside them began, and not before: a tier under an older price is unknown.
- A tier that states no rate for a token type keeps the standard one where genai-prices says so;
  LiteLLM does not say it, and then there is no row. No rate is ever derived by multiplying.
"""

from __future__ import annotations

import ast
import csv
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

PROVIDERS: Final = ("openai", "anthropic")
EARLIEST: Final = date(2020, 1, 1)
SEEDS: Final = Path("seeds")

TOKEN_TYPES: Final = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
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
}
LITELLM_TIERS: Final = {"batches": "batch", "flex": "flex", "priority": "priority"}
LITELLM_TYPES: Final = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write",
    "output_cost_per_token": "output",
}
PRICE_COLUMNS: Final = (
    "provider", "model_id", "token_type", "service_tier", "context_min_tokens",
    "usd_per_million_tokens", "valid_from", "valid_to", "date_kind", "source", "checked_on", "note",
)  # fmt: skip
ALIAS_COLUMNS: Final = ("provider", "pattern", "model_id", "priority", "note")

Key = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class Price:
    """A row of the seed; `usd` is per million tokens (or units); `valid_to` None while it holds."""

    provider: str
    model_id: str
    token_type: str
    tier: str
    context: int
    usd: Decimal
    valid_from: date
    valid_to: date | None
    date_kind: str
    source: str
    checked_on: date
    note: str

    @property
    def key(self) -> Key:
        """What is priced; periods of one key never overlap."""
        return (self.provider, self.model_id, self.token_type, self.tier, self.context)

    def row(self) -> list[str]:
        """As the seed's CSV holds it."""
        return [
            self.provider, self.model_id, self.token_type, self.tier, str(self.context),
            plain(self.usd), self.valid_from.isoformat(),
            "" if self.valid_to is None else self.valid_to.isoformat(), self.date_kind,
            self.source, self.checked_on.isoformat(), self.note,
        ]  # fmt: skip

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Price:
        """From a row of the seed's CSV."""
        return cls(
            row["provider"],
            row["model_id"],
            row["token_type"],
            row["service_tier"] or "standard",
            int(row["context_min_tokens"]),
            Decimal(row["usd_per_million_tokens"]),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["date_kind"],
            row["source"],
            date.fromisoformat(row["checked_on"]),
            row["note"],
        )


def plain(value: Decimal) -> str:
    """Decimal text without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ---- genai-prices --------------------------------------------------------------------------------


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


def _periods(model: Made) -> list[tuple[date | None, dict[tuple[str, int], Decimal]]]:
    """Standard rates by the day they start, None for what holds before any day given."""
    prices = model.get("prices")
    if isinstance(prices, Made):
        return [(None, _rates(prices))]
    periods = []
    for conditional in prices:
        constraint = conditional.get("constraint")
        if constraint is None:
            periods.append((None, _rates(conditional.get("prices"))))
        elif constraint.name == "StartDateConstraint":
            periods.append((constraint.get("start_date"), _rates(conditional.get("prices"))))
        # Rates by the time of day cannot be told from a day: they are left out.
    return sorted(periods, key=lambda period: period[0] or date.min)


def prices_of_model(provider: str, model: Made, source: str, today: date) -> Iterator[Price]:
    """All rows of a model of genai-prices, periods of each key in order."""
    periods = _periods(model)
    for number, (start, standard) in enumerate(periods):
        until = periods[number + 1][0] if number + 1 < len(periods) else None
        kind, note = "effective", ""
        if start is None:
            kind, note = "first_seen", "Start unknown; the source states it for all days before"
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
        for variant in model.get("price_variants") or ():
            when = variant.get("when")
            tier = TIERS.get(next(iter(when.items()))) if len(when) == 1 else None
            if tier is None:
                continue
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


# ---- LiteLLM -------------------------------------------------------------------------------------


def litellm_tiers(table: Mapping[str, Any], name: str) -> dict[str, dict[tuple[str, int], Decimal]]:
    """Tier -> (token type, context) -> US dollars per million, of one model of LiteLLM's table.

    Keys are like `input_cost_per_token_above_272k_tokens_flex`; `standard` is among the tiers.
    """
    found: dict[str, dict[tuple[str, int], Decimal]] = {}
    shape = re.compile(
        rf"({'|'.join(LITELLM_TYPES)})(?:_above_(\d+)k_tokens)?(?:_({'|'.join(LITELLM_TIERS)}))?"
    )
    for key, value in table.get(name, {}).items():
        parts = shape.fullmatch(key)
        if parts is None or value is None:
            continue
        tier = LITELLM_TIERS[parts[3]] if parts[3] else "standard"
        place = (LITELLM_TYPES[parts[1]], int(parts[2] or 0) * 1000)
        found.setdefault(tier, {})[place] = Decimal(str(value)) * 1_000_000
    return found


def fill_tiers(
    rows: Sequence[Price],
    names: Mapping[tuple[str, str], Sequence[str]],
    table: Mapping[str, Any],
    source: str,
    today: date,
) -> Iterator[Price]:
    """Tiers that no row has, of models whose standard input rate both sources agree on."""
    known = {(row.provider, row.model_id, row.tier) for row in rows}
    current = {row.key: row for row in rows if row.valid_to is None}
    for (provider, model_id), aliases in names.items():
        standard = current.get((provider, model_id, "input", "standard", 0))
        for alias in aliases:
            if standard is None or table.get(alias, {}).get("litellm_provider") != provider:
                continue
            tiers = litellm_tiers(table, alias)
            if tiers.get("standard", {}).get(("input", 0)) != standard.usd:
                continue
            for tier, rates in tiers.items():
                if (provider, model_id, tier) in known:
                    continue
                known.add((provider, model_id, tier))
                for (token_type, context), usd in rates.items():
                    yield Price(
                        provider, model_id, token_type, tier, context, usd, standard.valid_from,
                        None, "first_seen", source, today,
                        "Held to be as old as the standard price beside it",
                    )  # fmt: skip


# ---- the seed ------------------------------------------------------------------------------------


def merged(held: Sequence[Price], fresh: Iterable[Price], today: date) -> list[Price]:
    """The seed with what is new: rows are closed or appended, never otherwise changed.

    A key that the sources no longer list stays as it is. A new price starts on the day the source
    says it took effect, else today; never before the price that it follows.
    """
    result = list(held)
    places: dict[Key, int] = {}
    for place, row in enumerate(result):
        if row.key not in places or row.valid_from > result[places[row.key]].valid_from:
            places[row.key] = place
    known_tiers = {row.key[:4] for row in held}
    for row in sorted(fresh, key=lambda row: (row.key, row.valid_from)):
        at = places.get(row.key)
        if at is None:
            appeared = row.key[:4] in known_tiers and row.date_kind == "first_seen"
            places[row.key] = len(result)
            # A context step that appeared: requests so far were right without it.
            is_new_step = appeared and row.valid_to is None
            result.append(replace(row, valid_from=today) if is_new_step else row)
            continue
        last = result[at]
        if last.valid_to is not None and row.valid_from >= last.valid_to:
            # The next period of the same refresh, or a price that came back.
            places[row.key] = len(result)
            result.append(row)
        elif last.valid_to is None and row.valid_to is None and row.usd != last.usd:
            dated = row.date_kind == "effective" and row.valid_from > last.valid_from
            start = row.valid_from if dated else max(today, last.valid_from)
            result[at] = replace(last, valid_to=start)
            places[row.key] = len(result)
            kind = "effective" if dated else "first_seen"
            result.append(replace(row, valid_from=start, date_kind=kind))
    return result


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


# ---- the command ---------------------------------------------------------------------------------


def download(package: str, folder: Path) -> tuple[Path, str]:
    """The newest wheel of a package, through pip, and `name version`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder)]
    subprocess.run([*command, package], check=True)
    wheel = next(folder.glob(f"{package.replace('-', '_')}-*.whl"))
    return wheel, f"{package} {wheel.name.split('-')[1]}"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV, none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def changes(before: Sequence[Price], after: Sequence[Price]) -> Iterator[str]:
    """A line for each row that was appended or closed."""
    known = {(row.key, row.valid_from): row for row in before}
    for row in after:
        old = known.get((row.key, row.valid_from))
        what = " ".join(str(part) for part in row.key)
        if old is None:
            yield f"new     {what}: {plain(row.usd)} from {row.valid_from}"
        elif old != row:
            yield f"closed  {what}: {plain(row.usd)} until {row.valid_to}"


def main() -> int:
    """Refresh both seeds and print what changed; returns the exit code."""
    today = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as folder:
        wheel, genai = download("genai-prices", Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            text = archive.read("genai_prices/data.py").decode()
        wheel, litellm = download("litellm", Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            table = json.loads(
                archive.read("litellm/model_prices_and_context_window_backup.json"),
                parse_float=Decimal,
            )
    fresh: list[Price] = []
    names: dict[tuple[str, str], list[str]] = {}
    alias_rows: list[list[str]] = []
    for provider in read_data_file(text):
        if provider.get("id") not in PROVIDERS:
            continue
        models = provider.get("models")
        source = f"{genai} ({(provider.get('pricing_urls') or [''])[0]})"
        for model in models:
            fresh.extend(prices_of_model(provider.get("id"), model, source, today))
        names |= names_of(provider.get("id"), models)
        alias_rows.extend(aliases_of(provider.get("id"), models, genai))
    fresh.extend(fill_tiers(fresh, names, table, litellm, today))
    held = [Price.read(row) for row in read_rows(SEEDS / "llm_prices.csv")]
    after = merged(held, fresh, today)
    for line in changes(held, after):
        print(line)
    write_rows(SEEDS / "llm_prices.csv", PRICE_COLUMNS, [row.row() for row in after])
    # An alias must lead to a price. Those that the sources dropped stay: old bills and events still
    # carry the names.
    priced = {(row.provider, row.model_id) for row in after}
    alias_rows = [row for row in alias_rows if (row[0], row[2]) in priced]
    known = {(row[0], row[1]) for row in alias_rows}
    kept = [
        [row[column] for column in ALIAS_COLUMNS]
        for row in read_rows(SEEDS / "model_aliases.csv")
        if (row["provider"], row["pattern"]) not in known
    ]
    write_rows(SEEDS / "model_aliases.csv", ALIAS_COLUMNS, [*kept, *alias_rows])
    listed = {row.key for row in fresh}
    gone = sum(row.valid_to is None and row.key not in listed for row in after)
    print(f"{len(after)} price rows ({len(after) - len(held)} new), {gone} no longer listed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

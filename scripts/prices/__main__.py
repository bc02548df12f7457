"""`python -m scripts.prices`: bring the price seeds up to date and print what changed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from scripts.prices import genai_prices, litellm
from scripts.prices.genai_prices import Made
from scripts.prices.seed import (
    ALIAS_COLUMNS,
    PRICE_COLUMNS,
    SEEDS,
    Price,
    changes,
    merged,
    read_rows,
    write_rows,
)

PROVIDERS: Final = tuple(litellm.PROVIDERS)


def download(package: str, folder: Path) -> tuple[Path, str]:
    """The newest wheel of a package, through pip, and `name version`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder)]
    subprocess.run([*command, package], check=True)
    wheel = next(folder.glob(f"{package.replace('-', '_')}-*.whl"))
    return wheel, f"{package} {wheel.name.split('-')[1]}"


def fresh_prices(
    providers: Sequence[Made], table: Mapping[str, Any], sources: tuple[str, str], today: date
) -> list[Price]:
    """What both upstreams state; `sources` are their names and versions."""
    genai, lite = sources
    prices: list[Price] = []
    names: dict[tuple[str, str], list[str]] = {}
    known: list[tuple[str, str]] = []
    for provider in providers:
        name, models = provider.get("id"), provider.get("models")
        source = f"{genai} ({(provider.get('pricing_urls') or [''])[0]})"
        for model in models:
            prices.extend(genai_prices.prices_of_model(name, model, source, today))
            known.append((name, model.get("id")))
        names |= genai_prices.names_of(name, models)
        known.extend((row[0], row[1]) for row in genai_prices.aliases_of(name, models, genai))
    prices.extend(litellm.fill_tiers(prices, names, table, lite, today))
    added = list(litellm.new_models(known, table, lite, today))
    names |= {(row.provider, row.model_id): [] for row in added}
    prices.extend(added)
    return [*prices, *litellm.images_as_input(prices, names, table, today)]


def tuned_aliases(prices: Iterable[Price], source: str) -> list[list[str]]:
    """A fine-tuned model's name goes on with its owner and its own name."""
    tuned = {(row.provider, row.model_id) for row in prices if row.model_id.startswith("ft:")}
    return [
        [provider, f"{model_id.rstrip(':')}:*", model_id, "999", source]
        for provider, model_id in sorted(tuned)
        if not model_id.endswith("-")
    ]


def refresh_prices(fresh: Sequence[Price], today: date) -> list[Price]:
    """Write the seed of prices, print what changed, return its rows."""
    held = [Price.read(row) for row in read_rows(SEEDS / "llm_prices.csv")]
    after = merged(held, fresh, today)
    for line in changes(held, after):
        print(line)
    write_rows(SEEDS / "llm_prices.csv", PRICE_COLUMNS, [row.row() for row in after])
    listed = {row.key for row in fresh}
    gone = sum(row.valid_to is None and row.key not in listed for row in after)
    print(f"{len(after)} price rows ({len(after) - len(held)} new), {gone} no longer listed")
    return after


def refresh_aliases(rows: Iterable[list[str]], prices: Iterable[Price]) -> None:
    """Write the seed of aliases. An alias must lead to a price; a model's own name needs none.

    Those that the upstream dropped stay: old bills and events still carry the names.
    """
    priced = {(row.provider, row.model_id) for row in prices}
    aliases = [row for row in rows if (row[0], row[2]) in priced and row[1] != row[2]]
    known = {(row[0], row[1]) for row in aliases}
    kept = [
        [row[column] for column in ALIAS_COLUMNS]
        for row in read_rows(SEEDS / "model_aliases.csv")
        if (row["provider"], row["pattern"]) not in known
    ]
    write_rows(SEEDS / "model_aliases.csv", ALIAS_COLUMNS, [*kept, *aliases])


def main() -> int:
    """Refresh both seeds; returns the exit code."""
    today = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as folder:
        wheel, genai = download(genai_prices.PACKAGE, Path(folder))
        listed = genai_prices.read_wheel(wheel)
        wheel, lite = download(litellm.PACKAGE, Path(folder))
        table = litellm.read_wheel(wheel)
    providers = [one for one in listed if one.get("id") in PROVIDERS]
    after = refresh_prices(fresh_prices(providers, table, (genai, lite), today), today)
    aliases = [
        row
        for one in providers
        for row in genai_prices.aliases_of(one.get("id"), one.get("models"), genai)
    ]
    refresh_aliases([*aliases, *tuned_aliases(after, lite)], after)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The table of the package `litellm` (MIT): tiers and batch rates that genai-prices lacks.

It does not say that a tier keeps the standard rate of a token type, so there is no row then.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from scripts.prices.seed import Price

PACKAGE: Final = "litellm"
TABLE: Final = "litellm/model_prices_and_context_window_backup.json"

TIERS: Final = {"batches": "batch", "flex": "flex", "priority": "priority"}
TOKEN_TYPES: Final = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write",
    "output_cost_per_token": "output",
}


def read_wheel(wheel: Path) -> Mapping[str, Any]:
    """The table in the package's wheel: model -> its entry."""
    with zipfile.ZipFile(wheel) as archive:
        table: Mapping[str, Any] = json.loads(archive.read(TABLE), parse_float=Decimal)
    return table


def tiers_of(table: Mapping[str, Any], name: str) -> dict[str, dict[tuple[str, int], Decimal]]:
    """Tier -> (token type, context) -> US dollars per million, of one model of LiteLLM's table.

    Keys are like `input_cost_per_token_above_272k_tokens_flex`; `standard` is among the tiers.
    """
    found: dict[str, dict[tuple[str, int], Decimal]] = {}
    shape = re.compile(
        rf"({'|'.join(TOKEN_TYPES)})(?:_above_(\d+)k_tokens)?(?:_({'|'.join(TIERS)}))?"
    )
    for key, value in table.get(name, {}).items():
        parts = shape.fullmatch(key)
        if parts is None or value is None:
            continue
        tier = TIERS[parts[3]] if parts[3] else "standard"
        place = (TOKEN_TYPES[parts[1]], int(parts[2] or 0) * 1000)
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
            tiers = tiers_of(table, alias)
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

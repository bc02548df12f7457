"""The table of the package `litellm` (MIT): models, tiers and token types that genai-prices lacks.

It does not say that a tier keeps the standard rate of a token type, so there is no row then. Where
both know a model, its rates count only if both state the same standard rate of input. A rate of 0
is a blank, but for models that are called free.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from scripts.prices.seed import EARLIEST, Price

PACKAGE: Final = "litellm"
TABLE: Final = "litellm/model_prices_and_context_window_backup.json"

TIERS: Final = {"batches": "batch", "flex": "flex", "priority": "priority"}
TOKEN_TYPES: Final = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_token": "output",
    "input_cost_per_audio_token": "input_audio",
    "cache_read_input_audio_token_cost": "cached_input_audio",
    "output_cost_per_audio_token": "output_audio",
    "input_cost_per_image_token": "input_image",
    "output_cost_per_image_token": "output_image",
}
#: Our provider -> the table's words for it, and what its models' names begin with there.
PROVIDERS: Final = {
    "openai": (("openai", "text-completion-openai"), ("openai/",)),
    "anthropic": (("anthropic",), ("anthropic/",)),
    "google": (
        ("gemini", "vertex_ai-language-models", "vertex_ai-anthropic_models", "vertex_ai"),
        ("gemini/", "vertex_ai/"),
    ),
    "mistral": (("mistral",), ("mistral/",)),
    "deepseek": (("deepseek",), ("deepseek/",)),
    "x-ai": (("xai",), ("xai/",)),
    "groq": (("groq",), ("groq/",)),
    "cohere": (("cohere", "cohere_chat"), ("cohere/",)),
    "aws": (("bedrock", "bedrock_converse"), ("bedrock/converse/", "bedrock/")),
    "azure": (("azure", "azure_text", "azure_ai"), ("azure/", "azure_ai/")),
    "openrouter": (("openrouter",), ("openrouter/",)),
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
        usd = (Decimal(str(value)) * 1_000_000).quantize(Decimal(1).scaleb(-9))
        if usd or name.endswith(":free"):
            place = (TOKEN_TYPES[parts[1]], int(parts[2] or 0) * 1000)
            found.setdefault(tier, {})[place] = usd
    return found


def models_of(table: Mapping[str, Any], provider: str) -> Iterator[tuple[str, str]]:
    """(the table's key, the model's name at the provider) of all its models."""
    words, beginnings = PROVIDERS[provider]
    for key, entry in table.items():
        if entry.get("litellm_provider") not in words:
            continue
        name = key
        for beginning in beginnings:
            name = name.removeprefix(beginning)
        # rented capacity and regions' own lists are no price of a call
        if "commitment" not in name and not (provider == "aws" and "/" in name):
            yield key, name


def glob(pattern: str) -> re.Pattern[str]:
    """An alias's pattern as the models read it."""
    parts = ({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern.lower())
    return re.compile("".join(parts))


def new_models(
    known: Iterable[tuple[str, str]], table: Mapping[str, Any], source: str, today: date
) -> Iterator[Price]:
    """Models that none of the known (provider, pattern or model) match."""
    patterns: dict[str, list[re.Pattern[str]]] = {}
    for provider, pattern in known:
        patterns.setdefault(provider, []).append(glob(pattern))
    for provider in PROVIDERS:
        seen: set[str] = set()
        for key, name in models_of(table, provider):
            is_known = any(one.fullmatch(name.lower()) for one in patterns.get(provider, ()))
            tiers = tiers_of(table, key)
            if is_known or name in seen or ("input", 0) not in tiers.get("standard", {}):
                continue
            seen.add(name)
            for tier, rates in tiers.items():
                for (token_type, context), usd in rates.items():
                    yield Price(
                        provider, name, token_type, tier, context, usd, EARLIEST, None,
                        "first_seen", source, today,
                        "Start unknown; the source states it for all days before",
                    )  # fmt: skip


def images_as_input(
    rows: Sequence[Price],
    names: Mapping[tuple[str, str], Sequence[str]],
    table: Mapping[str, Any],
    today: date,
) -> Iterator[Price]:
    """Rates of image input of models that see and have none of their own: images are input."""
    own = {(row.provider, row.model_id) for row in rows if row.token_type == "input_image"}
    sees: set[tuple[str, str]] = set()
    for provider in PROVIDERS:
        keys = {name: key for key, name in models_of(table, provider)}
        for (of, model_id), aliases in names.items():
            if of == provider and any(
                table[keys[name]].get("supports_vision")
                for name in (model_id, *aliases)
                if name in keys
            ):
                sees.add((of, model_id))
    for row in rows:
        model = (row.provider, row.model_id)
        if row.token_type == "input" and model in sees and model not in own:
            note = "Images are metered as input tokens of the model"
            yield replace(row, token_type="input_image", checked_on=today, note=note)


def fill_tiers(
    rows: Sequence[Price],
    names: Mapping[tuple[str, str], Sequence[str]],
    table: Mapping[str, Any],
    source: str,
    today: date,
) -> Iterator[Price]:
    """Tiers, and token types of the standard tier, that no row has, of models whose standard input
    rate both sources agree on.
    """
    known = {(row.provider, row.model_id, row.tier, "") for row in rows}
    known |= {(row.provider, row.model_id, row.tier, row.token_type) for row in rows}
    current = {row.key: row for row in rows if row.valid_to is None}
    keys = {
        provider: {name: key for key, name in models_of(table, provider)} for provider in PROVIDERS
    }
    for (provider, model_id), aliases in names.items():
        standard = current.get((provider, model_id, "input", "standard", 0))
        for alias in dict.fromkeys((*aliases, model_id)):
            key = keys.get(provider, {}).get(alias)
            if standard is None or key is None:
                continue
            tiers = tiers_of(table, key)
            if tiers.get("standard", {}).get(("input", 0)) != standard.usd:
                continue
            added = set()
            for tier, rates in tiers.items():
                for (token_type, context), usd in rates.items():
                    place = token_type if tier == "standard" else ""
                    if (provider, model_id, tier, place) in known:
                        continue
                    added.add((provider, model_id, tier, place))
                    yield Price(
                        provider, model_id, token_type, tier, context, usd, standard.valid_from,
                        None, "first_seen", source, today,
                        "Held to be as old as the standard price beside it",
                    )  # fmt: skip
            known |= added

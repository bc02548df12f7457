"""Calls over all models, tiers, days and kinds of tokens with what `genai-prices` says they cost.

An answer of another's code: it matches names, picks prices and counts tokens in its own way. What
it says otherwise for a reason is named in `REASONS`.

    python -m support.price_answers     write the sample that every run of the tests compares with
"""

from __future__ import annotations

import csv
import importlib
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

from scripts.prices.genai_prices import HOURS_NOTE, Made, patterns
from support.commands import ROOT, Project

SAMPLE: Final = Path(__file__).parents[1] / "fixtures" / "price_answers.csv"
PROVIDERS: Final = (
    "openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "groq", "cohere", "aws",
    "azure", "openrouter",
)  # fmt: skip
FIRST_DAY: Final = date(2024, 1, 1)
LAST_DAY: Final = date(2026, 11, 20)
NANO: Final = Decimal(1).scaleb(-9)

#: Our token column -> the package's name of it.
TOKENS: Final = {
    "input_tokens": "input_tokens",
    "cached_input_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "cache_write_1h_tokens": "cache_write_1h_tokens",
    "input_audio_tokens": "input_audio_tokens",
    "cached_input_audio_tokens": "cache_audio_read_tokens",
    "input_image_tokens": "input_image_tokens",
    "output_tokens": "output_tokens",
    "output_audio_tokens": "output_audio_tokens",
    "output_image_tokens": "output_image_tokens",
}
COLUMNS: Final = ("event_id", "provider", "model", "service_tier", "day", *TOKENS, "usd")
#: Our tier -> the context that the package wants.
CONTEXTS: Final = {
    "standard": {},
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast"},
}

#: Where the two may differ, and why ours is as it is.
REASONS: Final = {
    "other_source": "LiteLLM's table states a rate that the package lacks.",
    "tier_before": "A tier is as old as the standard price beside it, not as the day it was noted.",
    "hour": "Prices by the hour of the day cannot be told from a day: the dearest is listed.",
    "no_rate": "A kind of token without a rate has no price; the package counts none or text.",
    "digits": "A rate keeps nine decimals of a dollar a million; a source's float may have more.",
    "unknown": "The package has no price of that name and day, or refuses the counts.",
}
#: Our token types -> the columns that count them; a part is taken out of its whole.
TYPES: Final = {
    "output_audio": "output_audio_tokens",
    "output_image": "output_image_tokens",
    "input_audio": "input_audio_tokens",
    "input_image": "input_image_tokens",
    "cached_input_audio": "cached_input_audio_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "cache_write": "cache_write_tokens",
    "cached_input": "cached_input_tokens",
    "output": "output_tokens",
    "input": "input_tokens",
}


@dataclass(frozen=True)
class Call:
    """One call and what the package answers (None: it has no price)."""

    event_id: str
    provider: str
    model: str
    tier: str
    day: date
    tokens: dict[str, int]
    usd: Decimal | None

    def event(self) -> dict[str, Any]:
        """As an event of the app."""
        return {
            "event_id": self.event_id,
            "event_type": "llm_request",
            "occurred_at": datetime.combine(self.day, datetime.min.time()) + timedelta(hours=12),
            "provider": self.provider,
            "model": self.model,
            "service_tier": self.tier,
            "customer_id": "prices",
            **{name: count for name, count in self.tokens.items() if count},
        }


def random_tokens(rng: random.Random, kinds: frozenset[str]) -> dict[str, int]:
    """Counts whose parts never exceed their whole; only of the kinds given."""
    size = rng.choice([50, 5_000, 150_000, 300_000, 600_000])
    total = rng.randrange(1, size)
    left, tokens = total, dict.fromkeys(TOKENS, 0)
    tokens["input_tokens"] = total

    def part(name: str, most: int) -> int:
        if name not in kinds or most <= 0 or rng.random() < 0.5:
            return 0
        tokens[name] = rng.randrange(most + 1)
        return tokens[name]

    left -= part("cached_input_tokens", left)
    left -= part("cache_write_tokens", left)
    part("cache_write_1h_tokens", tokens["cache_write_tokens"])
    if kinds & {"input_audio_tokens"}:
        if tokens["cached_input_tokens"]:
            part("cached_input_audio_tokens", tokens["cached_input_tokens"])
        audio = part("input_audio_tokens", left)
        left -= audio
        tokens["input_audio_tokens"] = audio + tokens["cached_input_audio_tokens"]
    left -= part("input_image_tokens", left)
    if "output_tokens" in kinds:
        tokens["output_tokens"] = out = rng.randrange(0, 20_000)
        out -= part("output_audio_tokens", out)
        part("output_image_tokens", out)
    return tokens


def names_of(model: Any) -> list[str]:
    """Names that the package takes for the model: its id and the forms of its pattern."""
    found = [str(model.id)]
    for pattern in patterns(_made(model.match)):
        found.append(pattern.replace("*", "").replace("?", "1"))
    return list(dict.fromkeys(name for name in found if name))


def _made(match: Any) -> Made:
    """The package's clause as our reader of its file sees it."""
    name = type(match).__name__
    fields = {
        field: [_made(one) for one in value] if isinstance(value, list) else value
        for field in ("equals", "starts_with", "ends_with", "contains", "regex", "or_")
        if (value := getattr(match, field, None)) is not None
    }
    if name == "ClauseRegex":
        fields["regex"] = getattr(match.regex, "pattern", match.regex)
    return Made(name, fields)


def random_calls(seed: int, each: int) -> Iterator[Call]:
    """`each` calls of every model that the package prices, with its answers."""
    package = importlib.import_module("genai_prices")
    snapshot = importlib.import_module("genai_prices.data")
    rng = random.Random(seed)
    for provider in snapshot.providers:
        if provider.id not in PROVIDERS:
            continue
        for model in provider.models:
            kinds = frozenset(
                name for name, theirs in TOKENS.items() if _has_rate(model, theirs)
            ) | {"input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens"}
            for number in range(each):
                name = rng.choice(names_of(model))
                tier = rng.choice(["standard", "standard", *_tiers(model)])
                days = (LAST_DAY - FIRST_DAY).days
                day = FIRST_DAY + timedelta(days=rng.randrange(days))
                tokens = random_tokens(rng, kinds)
                yield Call(
                    f"{provider.id}|{model.id}|{number}", provider.id, name, tier, day, tokens,
                    answer(package, provider.id, name, tier, day, tokens),
                )  # fmt: skip


def answer(
    package: Any, provider: str, model: str, tier: str, day: date, tokens: dict[str, int]
) -> Decimal | None:
    """US dollars that the package says, half up to the nano-dollar."""
    moment = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
    usage = package.Usage(**{TOKENS[name]: count for name, count in tokens.items() if count})
    try:
        price = package.calc_price(
            usage, model, provider_id=provider, genai_request_timestamp=moment,
            price_context=CONTEXTS[tier] or None,
        )  # fmt: skip
    except (LookupError, ValueError):
        return None
    return Decimal(price.total_price).quantize(NANO, ROUND_HALF_UP)


_PRICE_FIELDS: Final = {
    "input_tokens": "input_mtok",
    "cache_read_tokens": "cache_read_mtok",
    "cache_write_tokens": "cache_write_mtok",
    "cache_write_1h_tokens": "cache_write_1h_mtok",
    "input_audio_tokens": "input_audio_mtok",
    "cache_audio_read_tokens": "cache_audio_read_mtok",
    "input_image_tokens": "input_image_mtok",
    "output_tokens": "output_mtok",
    "output_audio_tokens": "output_audio_mtok",
    "output_image_tokens": "output_image_mtok",
}


def _has_rate(model: Any, name: str) -> bool:
    prices = model.prices if isinstance(model.prices, list) else [model]
    return all(getattr(one.prices, _PRICE_FIELDS[name], None) is not None for one in prices)


def _tiers(model: Any) -> list[str]:
    stated = [variant.when for variant in model.price_variants or ()]
    return [tier for tier, context in CONTEXTS.items() if context and context in stated]


def reason_to_differ(
    call: Call, usd: Decimal | None, rows: Iterable[Mapping[str, str]]
) -> str | None:
    """Why our price of a call (None: none) differs, of `REASONS`; None where there is no reason.

    `rows` are those of the price list of the model that we took the call for.
    """
    if call.usd is None:
        return "unknown"
    tier = {"fast": "priority"}.get(call.tier, call.tier)
    of_model = list(rows)
    of_tier = [row for row in of_model if (row["service_tier"] or "standard") == tier]
    of_day = [
        row
        for row in of_tier
        if row["valid_from"] <= str(call.day) < (row["valid_to"] or "9999-12-31")
    ]
    used = {name for name, column in TYPES.items() if call.tokens[column]}
    if usd is None:
        if tier != "standard" and not of_day and of_tier:
            return "tier_before"
        return "no_rate" if used - {row["token_type"] for row in of_day} else None
    of_use = [row for row in of_day if row["token_type"] in used]
    noted = [
        row["note"].split("Seen first on ")[1][:10]
        for row in of_use
        if "Seen first on " in row["note"]
    ]
    if tier != "standard" and any(str(call.day) < day for day in noted):
        return "tier_before"
    if any(row["note"].endswith(HOURS_NOTE) for row in of_model):
        return "hour"
    long = any(len(row["usd_per_million_tokens"].partition(".")[2]) > 9 for row in of_use)
    if long and abs(usd - call.usd) <= NANO:
        return "digits"
    return "other_source" if any(row["source"].startswith("litellm") for row in of_use) else None


def unexplained(project: Project, calls: Sequence[Call]) -> tuple[int, list[str]]:
    """How many calls cost the same, and those that differ without a reason."""
    rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (ROOT / "seeds" / "llm_prices.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["provider"], row["model_id"]].append(row)
    priced = {
        event_id: (usd, (provider, model_id))
        for event_id, usd, provider, model_id in project.rows(
            "select event_id, list_cost_usd, provider, model_id from core.fct_llm_requests"
        )
    }
    agreed, left = 0, []
    for call in calls:
        usd, model = priced[call.event_id]
        if usd == call.usd:
            agreed += 1
        elif reason_to_differ(call, usd, rows[model]) is None:
            left.append(f"{call}: {model} costs {usd}")
    return agreed, left


def read_sample() -> list[Call]:
    """The calls of the sample."""
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        return [
            Call(
                row["event_id"], row["provider"], row["model"], row["service_tier"],
                date.fromisoformat(row["day"]), {name: int(row[name] or 0) for name in TOKENS},
                Decimal(row["usd"]) if row["usd"] else None,
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def write_sample(calls: Iterable[Call]) -> None:
    """Write the sample."""
    with SAMPLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for call in calls:
            writer.writerow(
                [
                    call.event_id, call.provider, call.model, call.tier, call.day,
                    *(call.tokens[name] or "" for name in TOKENS),
                    "" if call.usd is None else f"{call.usd:f}",
                ]
            )  # fmt: skip


if __name__ == "__main__":
    write_sample(random_calls(int(sys.argv[1]) if len(sys.argv) > 1 else 1, 1))

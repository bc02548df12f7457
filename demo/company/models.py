"""The AI models the company calls, and the simulator's own small price list.

Rates are list prices in whole nano-dollars per token (2.50 dollars per million tokens is 2,500), as
published in `genai-prices` and LiteLLM's table, checked 2026-11-21 (OpenAI) and 2026-11-28
(Anthropic; what it writes to its cache is kept there for five minutes).
Requests are made such that every cost is a whole number of nano-dollars: no rounding is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from demo.timeline import epoch

TIERS: Final = ("standard", "batch", "flex", "priority")
POOLS: Final = ("uncached_input", "cached_input", "cache_write", "output")
#: Requests with more input than this are charged at the long rates, all of them.
LONG_CONTEXT: Final = 272_000


@dataclass(frozen=True)
class Rates:
    """Nano-dollars per token of each pool, from a day on; `long` for long requests."""

    valid_from: int
    tier: str
    rates: tuple[int, int, int, int]
    long: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Model:
    """A model by its name, how its bill lines are worded, and what it costs (nothing: unpriced)."""

    name: str
    line_items: tuple[str, str, str, str]
    rates: tuple[Rates, ...]
    endpoint: str = "completions"
    provider: str = "openai"


def _worded(name: str, words: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    return (
        f"{name}, {words[0]}",
        f"{name}, {words[1]}",
        f"{name}, {words[2]}",
        f"{name}, {words[3]}",
    )


_PLAIN: Final = ("input", "cached input", "cache write", "output")
_TOKENS: Final = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
)
#: What Anthropic's reports call the four kinds of tokens.
_CLAUDE: Final = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "output_tokens",
)

#: o3 became cheaper at this UTC midnight, the newer model at the other.
O3_CUT: Final = epoch("2025-06-10")
LUNA_CUT: Final = epoch("2026-07-30")

MODELS: Final = (
    Model(
        "gpt-4o-2024-08-06",
        _worded("gpt-4o-2024-08-06", _PLAIN),
        (
            Rates(0, "standard", (2_500, 1_250, 0, 10_000)),
            Rates(0, "priority", (4_250, 2_125, 0, 17_000)),
        ),
    ),
    Model(
        "gpt-4o-mini-2024-07-18",
        _worded("gpt-4o-mini-2024-07-18", _PLAIN),
        (
            Rates(0, "standard", (150, 75, 0, 600)),
            Rates(0, "batch", (75, 0, 0, 300)),
        ),
    ),
    Model(
        "o3-2025-04-16",
        _worded("o3-2025-04-16", _PLAIN),
        (
            Rates(0, "standard", (10_000, 500, 0, 40_000)),
            Rates(O3_CUT, "standard", (2_000, 500, 0, 8_000)),
            Rates(O3_CUT, "flex", (1_000, 250, 0, 4_000)),
        ),
    ),
    Model(
        "gpt-5.6-luna",
        _worded("gpt-5.6-luna", _TOKENS),
        (
            Rates(0, "standard", (1_000, 100, 1_250, 6_000), (2_000, 200, 2_500, 9_000)),
            Rates(LUNA_CUT, "standard", (200, 20, 250, 1_200), (400, 40, 500, 1_800)),
        ),
    ),
    Model(
        "text-embedding-3-small",
        _worded("text-embedding-3-small", _PLAIN),
        (Rates(0, "standard", (20, 0, 0, 0)),),
        endpoint="embeddings",
    ),
    Model("orchid-preview", _worded("orchid-preview", _PLAIN), ()),
    Model(
        "claude-opus-4-1-20250805",
        _worded("claude-opus-4-1-20250805", _CLAUDE),
        (Rates(0, "standard", (15_000, 1_500, 18_750, 75_000)),),
        endpoint="messages",
        provider="anthropic",
    ),
    Model(
        "claude-sonnet-4-5-20250929",
        _worded("claude-sonnet-4-5-20250929", _CLAUDE),
        (Rates(0, "standard", (3_000, 300, 3_750, 15_000)),),
        endpoint="messages",
        provider="anthropic",
    ),
)
GPT4O, MINI, O3, LUNA, EMBED, ORCHID, OPUS, SONNET = range(len(MODELS))
CLAUDE: Final = (OPUS, SONNET)


def rates_at(model: int, tier: str, day: int, *, is_long: bool) -> tuple[int, int, int, int] | None:
    """Rates of a model in force on the UTC day starting at `day`; None where nobody knows them."""
    found = None
    for row in MODELS[model].rates:
        if row.tier == tier and row.valid_from <= day:
            found = row
    if found is None:
        return None
    return found.long if is_long and found.long is not None else found.rates


#: What the vendor bills for the unpriced model: it knows its price, the world does not.
ORCHID_RATES: Final = (3_000, 0, 0, 9_000)

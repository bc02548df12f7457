"""Lines of a cloud's bill that are calls of language models: which model, which kind of token.

Clouds name them in their own words. AWS bills Bedrock by usage types such as
`USE1-Claude4.6Sonnet-input-tokens` or `...-cache-read-input-token-count-flex`, and models sold
through its marketplace as a service `Claude Sonnet 4.6 (Amazon Bedrock Edition)` with usage types
such as `USE1-MP:USE1_InputTokenCount-Units`. Azure names meters (`gpt 4o 0806 cchd Inp glbl
Tokens`), Google SKUs (`Gemini 2.5 Flash Text Input - Predictions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Services that host models and nothing else; those of the marketplace are known by their edition.
_MODELS: Final = re.compile(
    r"bedrock|openai|gemini|generative language|anthropic|cohere|mistral|claude|foundry models",
    re.IGNORECASE,
)
#: Services that host models beside other things: a line of theirs must speak of tokens.
_MIXED: Final = re.compile(
    r"cognitive services|foundry|azure ai|azure machine learning|vertex|sagemaker", re.IGNORECASE
)
_TOKENS: Final = re.compile(r"token|predictions?\b", re.IGNORECASE)
_EDITION: Final = re.compile(r"^(.*?)\s*\(Amazon Bedrock Edition\)\s*$", re.IGNORECASE)
_REGION: Final = re.compile(r"^(?:[A-Z]{2,4}\d?|[A-Z]{3}\d)-(?=.)")
_MARKETPLACE: Final = re.compile(r"^(?:[A-Z]{2,4}\d?-)?MP:(?:[A-Z]{2,4}\d?_)?")

#: AWS's names of Claude (`Claude4.6Sonnet`, `Claude Sonnet 4.6`, `Claude3Haiku`) and Nova.
_CLAUDE: Final = re.compile(
    r"claude[ -]?(?:(?P<before>\d+(?:\.\d+)?)[ -]?)?(?P<family>[a-z]+)"
    r"[ -]?(?P<after>\d+(?:\.\d+)?)?",
    re.IGNORECASE,
)
_NOVA: Final = re.compile(
    r"(?:amazon )?nova[ -]?(?P<version>\d+)?(?:\.0)?[ -]?(?P<family>[a-z]+)", re.IGNORECASE
)
#: Region prefix of a usage type -> that of a model's id at Bedrock.
_GEOGRAPHIES: Final = {"US": "us", "EU": "eu", "AP": "apac"}

#: Kind of token -> the words that say so, the more special first.
_KINDS: Final = (
    (
        "cached_input",
        r"cache[-_ ]?read(?:[-_ ]?input)?(?:[-_ ]?tokens?)?|cached[-_ ]?inp(?:ut|t)?|cchd[-_ ]?inp"
        r"|cachereadinputtokencount|input[-_ ]?cach(?:ed|ing)|caching",
    ),
    (
        "cache_write",
        r"cache[-_ ]?(?:write|creation)(?:[-_ ]?input)?(?:[-_ ]?tokens?)?"
        r"|cachewriteinputtokencount|cache storage",
    ),
    ("input", r"(?:text[-_ ])?input(?=[-_ ]|tokens?|$)|\binpt?\b|inputtokens?(?:count)?|prompt"),
    (
        "output",
        r"(?:text[-_ ])?output(?=[-_ ]|tokens?|$)|\b(?:outp|outpt|opt|out)\b"
        r"|outputtokens?(?:count)?|response(?=[-_ ]tokens?)|completion",
    ),
)
_PATTERNS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS)
_TIERS: Final = ("batch", "flex", "priority")


@dataclass(frozen=True)
class LlmLine:
    """A line of a hosted model.

    Attributes:
        model: the model as calls of it name it, where the cloud's wording can be told for that of a
            model's id, else the cloud's own wording; None where the line names none.
        token_kind: input, cached_input, cache_write or output, with ` batch`, ` flex` or
            ` priority` behind it where the line says so; None where it bills something else.
    """

    model: str | None
    token_kind: str | None


def read_llm_line(service: str | None, usage_type: str | None) -> LlmLine | None:
    """What a charge of a hosted model is for; None where it is not of one."""
    service, usage_type = service or "", usage_type or ""
    says_tokens = bool(_TOKENS.search(usage_type))
    if not (_MODELS.search(service) or (_MIXED.search(service) and says_tokens)):
        return None
    edition = _EDITION.match(service)
    text = _MARKETPLACE.sub("", usage_type)
    if text == usage_type:
        text = _REGION.sub("", usage_type)
    for kind, pattern in _PATTERNS if says_tokens else ():
        if found := pattern.search(text):
            named = edition[1] if edition else text[: found.start()]
            model = named.replace(" Text", "").strip(" -_:,.").removesuffix("-mantle")
            is_bedrock = "bedrock" in service.lower()
            called = _bedrock_name(model, usage_type) if is_bedrock else _dashed(model)
            return LlmLine(called or None, kind + _tier(text))
    return LlmLine(edition[1] if edition else None, None)


def _bedrock_name(model: str, usage_type: str) -> str:
    """The id that calls use, such as `us.anthropic.claude-sonnet-4-6`, for Claude and Nova."""
    region = re.match(r"(?:MP:)?([A-Z]{2})", usage_type)
    geography = _GEOGRAPHIES.get(region[1] if region else "US", "us")
    place = "global" if "global" in usage_type.lower() else geography
    if found := _CLAUDE.fullmatch(model):
        version = (found["after"] or found["before"] or "").replace(".", "-")
        parts = ["claude", found["family"].lower(), version]
        if found["before"] and version[:1] == "3":  # up to 3.7 the version stood before the family
            parts = ["claude", version, found["family"].lower()]
        return f"{place}.anthropic.{'-'.join(part for part in parts if part)}"
    if found := _NOVA.fullmatch(model):
        version = found["version"] if found["version"] != "1" else None
        parts = ["nova", version, found["family"].lower()]
        return f"{place}.amazon.{'-'.join(part for part in parts if part)}"
    return model


def _dashed(model: str) -> str:
    """`Gemini 2.5 Flash GA` -> `gemini-2.5-flash`, as ids of models are written."""
    return re.sub(r"-ga$", "", re.sub(r"[\s_]+", "-", model.strip().lower()))


def _tier(text: str) -> str:
    lowered = text.lower()
    return next((f" {tier}" for tier in _TIERS if tier in lowered), "")

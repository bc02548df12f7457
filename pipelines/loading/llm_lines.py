"""Lines of a cloud's bill that are calls of language models: which model, which kind of token.

Clouds name them in their own words. AWS bills Bedrock by usage types such as
`USE1-Claude4.6Sonnet-input-tokens` or `...-cache-read-input-token-count-flex`, and models sold
through its marketplace as a service `Claude Sonnet 4.6 (Amazon Bedrock Edition)` with usage types
such as `USE1-MP:USE1_InputTokenCount-Units`. Azure names meters (`gpt 4o 0806 cchd Inp glbl
Tokens`, `5.4 cd inp Gl 1M Tokens` of gpt-5.4, `6-sol ShortCo Opt PP Gl`), Google SKUs (`Gemini 2.5
Flash Text Input - Predictions`, `Generate content output token count gemini 2.5 pro short text`).
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
_TOKENS: Final = re.compile(
    r"token|predictions?\b|\b(?:text|image|audio|video) (?:input|output)\b(?! caching storage)",
    re.IGNORECASE,
)
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
        r"cache[-_ ]?read(?:[-_ ]?input)?(?:[-_ ]?tokens?)?|cached[-_ ]?inp(?:ut|t)?"
        r"|\b(?:cchd|cd|ch|cach)[-_ ]inpt?\b"
        r"|cachereadinputtokencount|input[-_ ]?cach(?:ed|ing)|caching",
    ),
    (
        "cache_write",
        r"cache[-_ ]?(?:write|creation)(?:[-_ ]?input)?(?:[-_ ]?tokens?)?"
        r"|cachewriteinputtokencount|cache storage|\bcd[-_ ]wr\b",
    ),
    ("input", r"(?:text[-_ ])?input(?=[-_ ]|tokens?|$)|\binpt?\b|inputtokens?(?:count)?|prompt"),
    (
        "output",
        r"(?:text[-_ ])?output(?=[-_ ]|tokens?|$)|\b(?:outp|outpt|opt|out)\b"
        r"|outputtokens?(?:count)?|response(?=[-_ ]tokens?)|completion",
    ),
)
_PATTERNS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS)
_TIERS: Final = (
    ("batch", re.compile("batch", re.IGNORECASE)),
    ("flex", re.compile("flex", re.IGNORECASE)),
    ("priority", re.compile(r"priority|\bpp\b", re.IGNORECASE)),  # priority processing
)
#: Google's names of what its API answers: `Generate content cached input token count gemini 2.5
#: flash short input text`, `Generate_content text output token count for Gemini 3 Pro batch`.
_GEMINI: Final = re.compile(
    r"(?:generate|embed)[ _]?content (?:(?:text|image|audio|video) )?(?P<cached>cached )?"
    r"(?P<kind>input|output) token count (?P<is_for>for )?(?P<rest>.+)",
    re.IGNORECASE,
)
#: What stands behind the model there.
_GEMINI_WORDS: Final = re.compile(
    r"(?: (?:short|long|input|output|text|flex|batch|priority|caching|(?:non-)?thinking))+$",
    re.IGNORECASE,
)
#: What Google's other SKUs say of the tokens, between model and kind.
_CONTENT: Final = re.compile(r" (?:image|audio|video)\s*$", re.IGNORECASE)
_THINKING: Final = re.compile(r" thinking\s*$", re.IGNORECASE)
_GEMINI_CONTENT: Final = re.compile(r" (?:image|audio|video)$", re.IGNORECASE)
#: Azure's words between a model and its kind of token: tier and length of the context.
_AZURE_WORDS: Final = re.compile(
    r"[-_ ]+(?:batch|flex|priority|pp|std|shortco|longco)(?=[-_ ]|$)", re.IGNORECASE
)


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
    if found := _GEMINI.fullmatch(usage_type.strip()):
        return _gemini_line(found)
    edition = _EDITION.match(service)
    text = _MARKETPLACE.sub("", usage_type)
    if text == usage_type:
        text = _REGION.sub("", usage_type)
    for kind, pattern in _PATTERNS if says_tokens else ():
        if found := pattern.search(text):
            named = edition[1] if edition else text[: found.start()]
            if not found[0].lower().startswith("text"):
                named = _CONTENT.sub("", named)
            model = (
                _THINKING.sub("", named)
                .replace(" Text", "")
                .strip(" -_:,.")
                .removesuffix("-mantle")
            )
            is_bedrock = "bedrock" in service.lower()
            is_azure = "openai" in service.lower() or "foundry" in service.lower()
            if is_bedrock:
                called = _bedrock_name(model, usage_type)
            else:
                called = _azure_name(model) if is_azure else _dashed(model)
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


def _gemini_line(found: re.Match[str]) -> LlmLine:
    model = _GEMINI_WORDS.sub("", found["rest"])
    if not found["is_for"]:  # else it is a part of the name: `for Gemini 3 Pro Image`
        model = _GEMINI_WORDS.sub("", _GEMINI_CONTENT.sub("", model))
    is_cached = found["cached"] or "caching" in found["rest"].lower()
    kind = "cached_input" if is_cached else found["kind"].lower()
    return LlmLine(_dashed(model), kind + _tier(found["rest"]))


def _azure_name(model: str) -> str:
    """`gpt 4o 0806 Batch` -> `gpt-4o-0806`; from 5 on, GPTs are called by their number alone."""
    called = _dashed(_AZURE_WORDS.sub("", model))
    return re.sub(r"^(?=[5-9](?:\.\d+)?(?:-|$))", "gpt-", called)


def _dashed(model: str) -> str:
    """`Gemini 2.5 Flash GA` -> `gemini-2.5-flash`, as ids of models are written; Claude's `4-5`."""
    dashed = re.sub(r"-ga$", "", re.sub(r"[\s_]+", "-", model.strip().lower()))
    return dashed.replace(".", "-") if dashed.startswith("claude") else dashed


def _tier(text: str) -> str:
    return next((f" {tier}" for tier, words in _TIERS if words.search(text)), "")

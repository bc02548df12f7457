"""Answers as OpenAI's organisation API does: costs, usage, projects, users and keys.

Stored cost rows are at the finest grain (project, key, line item) with exact decimal amounts as
text; a request groups them. Amounts go out as a number, as text or with an exponent, as they have
been seen in the wild.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson

from demo.timeline import DAY, epoch
from demo.vendors.replies import Query, Refusal, Reply, bearer, every, first
from demo.vendors.store import Json, Store

DEFAULT_KEY: Final = "sk-admin-demo"
#: Costs know the key of a call from this day on.
KEYS_SINCE: Final = epoch("2025-12-06")

COST_GROUPS: Final = frozenset({"project_id", "line_item", "api_key_id"})

#: Endpoint -> (result object, dimensions it groups by, measures it sums).
USAGE: Final[Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    "completions": (
        "completions",
        ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "api_source"),
        (
            "input_tokens",
            "output_tokens",
            "input_cached_tokens",
            "input_uncached_tokens",
            "input_cache_write_tokens",
            "input_audio_tokens",
            "output_audio_tokens",
            "num_model_requests",
        ),
    ),
    "decisions": (
        "decisions",
        ("project_id", "user_id", "api_key_id", "model"),
        ("input_tokens", "num_model_requests"),
    ),
    "embeddings": (
        "embeddings",
        ("project_id", "user_id", "api_key_id", "model"),
        ("input_tokens", "num_model_requests"),
    ),
    "moderations": (
        "moderations",
        ("project_id", "user_id", "api_key_id", "model"),
        ("input_tokens", "num_model_requests"),
    ),
    "images": (
        "images",
        ("project_id", "user_id", "api_key_id", "model", "size", "source"),
        ("images", "num_model_requests"),
    ),
    "audio_speeches": (
        "audio_speeches",
        ("project_id", "user_id", "api_key_id", "model"),
        ("characters", "num_model_requests"),
    ),
    "audio_transcriptions": (
        "audio_transcriptions",
        ("project_id", "user_id", "api_key_id", "model"),
        ("seconds", "num_model_requests"),
    ),
    "vector_stores": ("vector_stores", ("project_id",), ("usage_bytes",)),
    "code_interpreter_sessions": (
        "code_interpreter_sessions",
        ("project_id",),
        ("num_sessions",),
    ),
    "file_search_calls": (
        "file_searches",
        ("project_id", "user_id", "api_key_id", "vector_store_id"),
        ("num_requests",),
    ),
    "web_search_calls": (
        "web_searches",
        ("project_id", "user_id", "api_key_id", "model", "context_level", "api_source"),
        ("num_requests", "num_model_requests"),
    ),
}

_USAGE_LIMITS: Final = {"1m": (60, 1440), "1h": (24, 168), "1d": (7, 31)}


def _error(status: int, message: str, code: str | None = None) -> Refusal:
    return Refusal(
        status,
        {
            "error": {
                "message": message,
                "type": "invalid_request_error",
                "param": None,
                "code": code,
            }
        },
    )


def amount_json(value: Decimal, salt: str) -> Any:
    """A money amount as JSON: exact, and in one of the forms seen in the wild (by `salt`).

    Mostly a plain number, sometimes text, sometimes a number with an exponent; a zero may carry an
    absurd exponent.
    """
    form = hashlib.blake2b(salt.encode(), digest_size=1).digest()[0] % 20
    if value == 0:
        return orjson.Fragment("0E-6176" if form < 4 else "0")
    if form < 3:
        return f"{value:f}"
    if form < 6:
        return orjson.Fragment(f"{value:e}")
    return orjson.Fragment(f"{value:f}")


class OpenAiApi:
    """One organisation. `admin_keys` are let in; project keys are refused in their own words."""

    def __init__(self, store: Store, admin_keys: Sequence[str] = (DEFAULT_KEY,)) -> None:
        self._store = store
        self.admin_keys = set(admin_keys)

    def answer(
        self, method: str, path: str, query: Query, headers: Mapping[str, str], clock: int
    ) -> Reply:
        """Answer a request for `path` (without `/v1/organization/`).

        Raises:
            Refusal: OpenAI's error for it.
        """
        self._authenticate(headers)
        if method != "GET":
            raise _error(405, "Method not allowed: read only.")
        parts = path.strip("/").split("/")
        if parts == ["costs"]:
            return Reply(self._costs(query, clock))
        if parts[0] == "usage" and len(parts) == 2 and parts[1] in USAGE:
            return Reply(self._usage(parts[1], query, clock))
        if len(parts) == 1 and parts[0] in ("projects", "users", "admin_api_keys"):
            return Reply(self._names(parts[0], None, query, clock))
        if len(parts) == 3 and parts[0] == "projects" and parts[2] == "api_keys":
            return Reply(self._names("project_api_keys", parts[1], query, clock))
        raise _error(404, f"Invalid URL (GET /v1/organization/{path})")

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        key = bearer(headers)
        if key is None:
            raise _error(401, "Missing bearer authentication in header")
        if key in self.admin_keys:
            return
        if key.startswith(("sk-proj-", "sk-svcacct-")):
            raise _error(
                403,
                "You have insufficient permissions for this operation. Missing scopes: "
                "api.usage.read. Check that you have the correct role in your organization, and "
                "if you're using a restricted API key, that it has the necessary scopes.",
            )
        shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
        raise _error(
            401,
            f"Incorrect API key provided: {shown}. You can find your API key at "
            "https://platform.openai.com/account/api-keys.",
            "invalid_api_key",
        )

    # ---- buckets -----------------------------------------------------------------------------

    def _window(
        self, query: Query, clock: int, default: int, largest: int
    ) -> tuple[int, int, int, str]:
        """Start day, end (exclusive), limit and fingerprint of a bucket request."""
        text = first(query, "start_time")
        if text is None:
            raise _error(400, "Missing required parameter: 'start_time'.")
        if not text.isdigit():
            raise _error(400, f"Invalid 'start_time': {text}")
        start = int(text) - int(text) % DAY
        limit_text = first(query, "limit") or str(default)
        if not limit_text.isdigit() or not 1 <= int(limit_text) <= largest:
            raise _error(400, f"Invalid 'limit': must be between 1 and {largest}.")
        end_text = first(query, "end_time")
        end = clock + 1 if end_text is None else min(int(end_text), clock + 1)
        fingerprint = hashlib.blake2b(
            orjson.dumps(sorted(pair for pair in query if pair[0] != "page")), digest_size=9
        ).hexdigest()
        token = first(query, "page")
        if token is not None:
            start = self._start_of_page(token, fingerprint)
        return start, end, int(limit_text), fingerprint

    def _start_of_page(self, token: str, fingerprint: str) -> int:
        try:
            bound, _, start = (
                base64.urlsafe_b64decode(token.removeprefix("page_")).decode().partition(":")
            )
        except ValueError:
            raise _error(400, f"Invalid page token: {token}") from None
        if bound != fingerprint:
            raise _error(400, "The page token does not belong to this query.")
        return int(start)

    def _page(self, buckets: list[Json], next_start: int | None, fingerprint: str) -> Json:
        token = None
        if next_start is not None:
            raw = f"{fingerprint}:{next_start}".encode()
            token = f"page_{base64.urlsafe_b64encode(raw).decode()}"
        return {
            "object": "page",
            "data": buckets,
            "has_more": token is not None,
            "next_page": token,
        }

    def _groups(self, query: Query, allowed: frozenset[str]) -> list[str]:
        groups = [part for value in every(query, "group_by") for part in value.split(",")]
        for name in groups:
            if name not in allowed:
                raise _error(400, f"Invalid value for 'group_by': '{name}'.")
        return groups

    def _costs(self, query: Query, clock: int) -> Json:
        if (first(query, "bucket_width") or "1d") != "1d":
            raise _error(400, "Invalid 'bucket_width': only '1d' is supported.")
        start, end, limit, fingerprint = self._window(query, clock, 7, 180)
        groups = self._groups(query, COST_GROUPS)
        if "api_key_id" in groups and start < KEYS_SINCE:
            raise _error(
                400, "Grouping by api_key_id is not supported for dates before 2025-12-06."
            )
        projects = set(every(query, "project_ids"))
        buckets: list[Json] = []
        day = start
        while day < end and len(buckets) < limit:
            rows = [
                row
                for row in self._store.cost_day(day, clock)
                if not projects or row["project_id"] in projects
            ]
            buckets.append(_bucket(day, _cost_results(day, rows, groups)))
            day += DAY
        return self._page(buckets, day if day < end else None, fingerprint)

    def _usage(self, endpoint: str, query: Query, clock: int) -> Json:
        width = first(query, "bucket_width") or "1d"
        if width not in _USAGE_LIMITS:
            raise _error(400, f"Invalid 'bucket_width': '{width}'.")
        default, largest = _USAGE_LIMITS[width]
        start, end, limit, fingerprint = self._window(query, clock, default, largest)
        if width != "1d":
            raise _error(400, "This organization's usage is kept by day: use bucket_width=1d.")
        name, dimensions, measures = USAGE[endpoint]
        groups = self._groups(query, frozenset(dimensions))
        projects = set(every(query, "project_ids"))
        buckets: list[Json] = []
        day = start
        while day < end and len(buckets) < limit:
            totals: dict[tuple[Any, ...], dict[str, int]] = {}
            for row in self._store.usage_day(endpoint, day, clock):
                if projects and row["project_id"] not in projects:
                    continue
                sums = totals.setdefault(
                    tuple(row.get(g) for g in groups), dict.fromkeys(measures, 0)
                )
                for measure in measures:
                    sums[measure] += row.get(measure, 0)
            results = [
                {
                    "object": f"organization.usage.{name}.result",
                    **dict.fromkeys(dimensions),
                    **dict(zip(groups, key, strict=True)),
                    **sums,
                }
                for key, sums in totals.items()
            ]
            buckets.append(_bucket(day, results))
            day += DAY
        return self._page(buckets, day if day < end else None, fingerprint)

    # ---- names -------------------------------------------------------------------------------

    def _names(self, kind: str, parent: str | None, query: Query, clock: int) -> Json:
        text = first(query, "limit") or "20"
        if not text.isdigit() or not 1 <= int(text) <= 100:
            raise _error(400, "Invalid 'limit': must be between 1 and 100.")
        rows = [
            found.body
            for found in self._store.newest_first(kind, clock, vendor="openai", parent=parent)
        ]
        rows.reverse()
        if kind == "projects" and first(query, "include_archived") != "true":
            rows = [row for row in rows if row["status"] == "active"]
        after = first(query, "after")
        start = 0
        if after is not None:
            ids = [row["id"] for row in rows]
            if after not in ids:
                raise _error(400, f"No such object: {after}")
            start = ids.index(after) + 1
        data = rows[start : start + int(text)]
        return {
            "object": "list",
            "data": data,
            "first_id": data[0]["id"] if data else None,
            "last_id": data[-1]["id"] if data else None,
            "has_more": len(rows) > start + int(text),
        }


def _bucket(day: int, results: list[Json]) -> Json:
    return {"object": "bucket", "start_time": day, "end_time": day + DAY, "results": results}


def _cost_results(day: int, rows: Sequence[Json], groups: Sequence[str]) -> list[Json]:
    grouped: dict[tuple[Any, ...], list[Json]] = {}
    for row in rows:
        grouped.setdefault(tuple(row.get(name) for name in groups), []).append(row)
    results = []
    for key, members in grouped.items():
        given = members[0].get("value_json") if len(members) == 1 else None
        if given is not None:
            value: Any = orjson.Fragment(given)
        else:
            total = sum((Decimal(row["amount"]) for row in members), Decimal(0))
            value = amount_json(total, f"{day}|{key}")
        units = {row.get("quantity_unit") for row in members}
        single = "line_item" in groups and len(units) == 1
        stated = [q for row in members if (q := row.get("quantity")) is not None]
        quantity = sum(stated) if single and stated else None
        results.append(
            {
                "object": "organization.costs.result",
                "amount": {"value": value, "currency": "usd"},
                "line_item": None,
                "project_id": None,
                "api_key_id": None,
                **dict(zip(groups, key, strict=True)),
                "quantity": quantity,
                "quantity_unit": units.pop() if single else None,
            }
        )
    return results

"""An Anthropic organisation whose every row is in sight, with the ways in which it can err.

It answers both pairs of reports from the same facts, groups as it is asked to, and refuses what the
API is documented to refuse: a request without its beta header, more than five dimensions, a range
of more than 31 days, days before 2026. Rows of the newer reports are what the types of the
`anthropic` package 2.14 take, no field more or less.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from demo.timeline import day_of, moment_of
from demo.vendors.store import Json, Store

Query = dict[str, list[str]]
Answer = tuple[int, dict[str, Any]]

#: The key that the demo company's organisation lets in.
DEFAULT_KEY: Final = "sk-ant-admin-demo"
ADMIN_KEY = "sk-ant-admin-Zq7Wn3secret"
BETA = "analytics-usage-cost-2026-08-24"
DEFAULT_WORKSPACE = "wrkspc_default"

UNCOUNTED = {"cost_type", "token_type"}
COST_DIMENSIONS = {
    "actor", "api_key_id", "context_window", "inference_geo", "model", "product", "service_tier",
    "speed", "workspace_id", *UNCOUNTED,
}  # fmt: skip
TOKENS = {
    "uncached_input_tokens": ("uncached_input_tokens",),
    "cache_read_input_tokens": ("cache_read_input_tokens",),
    "cache_creation.ephemeral_5m_input_tokens": ("cache_creation", "ephemeral_5m_input_tokens"),
    "cache_creation.ephemeral_1h_input_tokens": ("cache_creation", "ephemeral_1h_input_tokens"),
    "output_tokens": ("output_tokens",),
}


@dataclass(frozen=True)
class Charge:
    """What one kind of token (or of cost) came to on a day.

    Attributes:
        cents: as the API writes it; any text, so that a test can break it.
        tokens: how many, where it bills tokens.
        requests: how many this row counts; of a request with several kinds of tokens, one row does.
    """

    day: date
    cents: str
    token_type: str | None = None
    tokens: int = 0
    model: str | None = "claude-sonnet-4-5-20250929"
    workspace: str | None = "wrkspc_a"
    key: str | None = "apikey_1"
    cost_type: str = "tokens"
    tier: str | None = "standard"
    window: str | None = "0-200k"
    currency: str = "USD"
    actor: tuple[str, str] | None = None  # type and id
    product: str | None = None
    requests: int = 1

    def group(self, dimensions: list[str]) -> Json:
        """Values of the dimensions asked for; all others are null."""
        values = {
            "cost_type": self.cost_type,
            "token_type": self.token_type,
            "model": self.model,
            "workspace_id": self.workspace,
            "api_key_id": self.key,
            "service_tier": self.tier,
            "context_window": self.window,
            "product": self.product,
            "actor": self.actor and actor(*self.actor),
        }
        return {
            name: values.get(name) if name in dimensions else None
            for name in sorted(COST_DIMENSIONS)
        }


@dataclass
class AnthropicOrganisation:
    """What the server answers; change it between runs.

    Attributes:
        now: its clock, up to which its data reach.
        charges: everything that was used and billed.
        control: day -> cents that the ungrouped request says, in place of the sum.
        lists: path below `/v1/organizations` -> objects.
        refusals: path below it -> (status, message) it is always answered with.
        failures: statuses of the next answers, whatever they are for.
        page_rows: rows per page at most.
        fault: repeat_token, no_token, no_data, half_page (JSON that breaks off, once).
        no_bucket: days that the older reports leave out of their answer.
        key: the one that it accepts.
        name: id of the organisation.
    """

    now: datetime
    charges: list[Charge] = field(default_factory=list)
    control: dict[date, str] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    page_rows: int = 1000
    fault: str | None = None
    no_bucket: set[date] = field(default_factory=set)
    key: str = ADMIN_KEY
    name: str = "org_1"
    url: str = ""
    requests: list[tuple[str, Query]] = field(default_factory=list)

    def asked(self, path: str) -> list[Query]:
        """Queries for a path below `/v1/organizations`."""
        return [query for asked, query in self.requests if asked.endswith(f"/{path}")]

    def answer(self, path: str, query: Query, headers: Mapping[str, str]) -> Answer:
        """Status and body of one request."""
        if self.failures:
            return error(self.failures.pop(0), "not now")
        if headers.get("x-api-key") != self.key:
            return error(401, f"invalid x-api-key {headers.get('x-api-key')}")
        if headers.get("anthropic-version") != "2023-06-01":
            return error(400, "anthropic-version: header is required")
        below = path.removeprefix("/v1/organizations/")
        if below in self.refusals:
            return error(*self.refusals[below])
        if below in ("analytics/cost", "analytics/usage"):
            if BETA not in headers.get("anthropic-beta", ""):
                return error(400, "anthropic-beta: this endpoint needs a beta header")
            return self._analytics(query, is_cost=below.endswith("cost"))
        if below in ("cost_report", "usage_report/messages"):
            return self._legacy(query, is_cost=below == "cost_report")
        if below == "usage_report/claude_code":
            return self._claude_code(date.fromisoformat(query["starting_at"][0]))
        if below == "me":
            return 200, {"id": self.name, "type": "organization", "name": "Test"}
        return self._list(below, query)

    def _analytics(self, query: Query, *, is_cost: bool) -> Answer:
        dimensions = query.get("group_by[]", [])
        limit = int(query.get("limit", ["20"])[0])
        start = moment(query["starting_at"][0])
        end = moment(query["ending_at"][0]) if "ending_at" in query else self.now
        counted = set(dimensions) - (UNCOUNTED if is_cost else set())
        if len(counted) > 5 or not counted <= COST_DIMENSIONS:
            return error(400, "group_by: at most 5 dimensions")
        if not 1 <= limit <= 1000:
            return error(400, "limit: between 1 and 1000")
        if end - start > timedelta(days=31) or start < datetime(2026, 1, 1, tzinfo=UTC):
            return error(400, "starting_at: range of at most 31 days, not before 2026-01-01")
        if start < self.now - timedelta(days=366):
            return error(400, "starting_at: within the last 365 days")
        rows = self._rows(start, end, dimensions, is_cost=is_cost)
        size = min(limit, self.page_rows)
        number = int(query["page"][0].removeprefix("page_")) if "page" in query else 0
        has_more = len(rows) > (number + 1) * size
        token: str | None = f"page_{number + 1}" if has_more else None
        if self.fault == "repeat_token" and number:
            has_more, token = True, "page_1"
        if self.fault == "no_token":
            has_more, token = True, None
        body: dict[str, Any] = {
            "data": rows[number * size : (number + 1) * size],
            "has_more": has_more,
            "next_page": token,
            "data_refreshed_at": self.now.isoformat().replace("+00:00", "Z"),
        }
        if self.fault == "no_data":
            del body["data"]
        return 200, body

    def _rows(
        self, start: datetime, end: datetime, dimensions: list[str], *, is_cost: bool
    ) -> list[dict[str, Any]]:
        """Rows by day, oldest first, and within a day by amount, highest first."""
        groups: dict[tuple[date, str], list[Charge]] = {}
        for one in self.charges:
            is_asked = start <= midnight(one.day) < end and midnight(one.day) <= self.now
            if is_asked and (is_cost or one.token_type):
                key = json.dumps(one.group(dimensions))
                groups.setdefault((one.day, key), []).append(one)
        rows = []
        for (day, key), charges in groups.items():
            row: dict[str, Any] = {
                "starting_at": f"{day}T00:00:00Z",
                "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
                "group": json.loads(key),
            }
            if is_cost:
                amount = self.control.get(day) if not dimensions else None
                row["cost"] = {
                    "amount": amount or total(charges),
                    "list_amount": total(charges),
                    "currency": charges[0].currency,
                    "requests": None
                    if set(dimensions) & UNCOUNTED
                    else sum(one.requests for one in charges),
                }
            else:
                row["group"] = {k: v for k, v in row["group"].items() if k not in UNCOUNTED}
                row["usage"] = usage(charges)
            rows.append(row)
        return sorted(rows, key=lambda row: row["starting_at"])

    def _legacy(self, query: Query, *, is_cost: bool) -> Answer:
        dimensions = query.get("group_by[]", [])
        limit = int(query.get("limit", ["7"])[0])
        if is_cost and not set(dimensions) <= {"workspace_id", "description"}:
            return error(400, "group_by: workspace_id and description only")
        if not 1 <= limit <= 31 or query["bucket_width"] != ["1d"]:
            return error(400, "limit: between 1 and 31")
        start, end = moment(query["starting_at"][0]), moment(query["ending_at"][0])
        buckets = []
        day = start.date()
        while midnight(day) < end and midnight(day) <= self.now:
            of_day = [one for one in self.charges if one.day == day]
            if day in self.no_bucket:
                day += timedelta(days=1)
                continue
            buckets.append(
                {
                    "starting_at": f"{day}T00:00:00Z",
                    "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
                    "results": self._legacy_results(of_day, dimensions, is_cost=is_cost),
                }
            )
            day += timedelta(days=1)
        return 200, {"data": buckets[:limit], "has_more": False, "next_page": None}

    def _claude_code(self, day: date) -> Answer:
        """Claude Code's own report: whole cents, an estimate."""
        rows = [
            {
                "date": f"{day}T00:00:00Z",
                "actor": one.actor and actor(*one.actor, is_older=True),
                "organization_id": self.name,
                "model_breakdown": [
                    {
                        "model": one.model,
                        "tokens": {"input": one.tokens, "output": 0},
                        "estimated_cost": {
                            "currency": "USD",
                            "amount": int(Decimal(one.cents).to_integral_value()),
                        },
                    }
                ],
            }
            for one in self.charges
            if one.day == day and one.product == "claude_code"
        ]
        return 200, {"data": rows, "has_more": False, "next_page": None}

    def _legacy_results(
        self, charges: list[Charge], dimensions: list[str], *, is_cost: bool
    ) -> list[dict[str, Any]]:
        names = ["model", "token_type", "cost_type", "service_tier", "context_window"]
        wanted = [*dimensions, *(names if "description" in dimensions else [])]
        groups: dict[str, list[Charge]] = {}
        for one in charges:
            if is_cost or one.token_type:
                group = one.group(wanted)
                if group["workspace_id"] == DEFAULT_WORKSPACE:
                    group["workspace_id"] = None
                groups.setdefault(json.dumps(group), []).append(one)
        results = []
        for key, members in groups.items():
            group = json.loads(key)
            if is_cost:
                described = members[0].model if "description" in dimensions else None
                measures = {
                    "amount": total(members),
                    "currency": "USD",
                    "description": described and f"{described} usage",
                }
            else:
                measures = {k: v for k, v in usage(members).items() if k not in ("requests",)}
            results.append({**group, **measures})
        return results

    def _list(self, below: str, query: Query) -> Answer:
        items = self.lists.get(below, [])
        if below == "workspaces":
            if "include_default" not in query:
                items = [one for one in items if one["id"] != DEFAULT_WORKSPACE]
            if "include_archived" not in query:
                items = [one for one in items if not one.get("archived_at")]
        after = query.get("after_id")
        if after:
            items = items[[item["id"] for item in items].index(after[0]) + 1 :]
        page = items[:2]
        return 200, {
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": len(items) > 2,
        }


def actor(kind: str, name: str, *, is_older: bool = False) -> dict[str, Any]:
    """An actor as the reports write it; the older one knows users by their addresses alone."""
    if kind == "user_actor":
        user = {"type": kind, "email_address": f"{name}@example.com"}
        more = {"user_id": name, "name": name.title(), "deleted": False}
        return user if is_older else user | more
    return {"type": kind, "api_key_name" if is_older else "api_key_id": name}


def error(status: int, message: str) -> Answer:
    """An error as the API words it."""
    return status, {"type": "error", "error": {"type": "invalid_request_error", "message": message}}


def midnight(day: date) -> datetime:
    """The UTC midnight that begins a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def moment(text: str) -> datetime:
    """A time of a query."""
    return datetime.fromisoformat(text)


def total(charges: list[Charge]) -> str:
    """Sum of cents as text; a single charge as it is written, however odd."""
    if len(charges) == 1:
        return charges[0].cents
    amounts = (Decimal(one.cents.replace(",", ".")) for one in charges)
    return f"{sum(amounts, Decimal(0)):f}"


def usage(charges: list[Charge]) -> dict[str, Any]:
    """Tokens of a row, in the nesting of the API."""
    counts: dict[str, Any] = {
        "uncached_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 0,
        "server_tool_use": {"web_search_requests": 0},
        "total_tokens": sum(one.tokens for one in charges),
        "requests": sum(one.requests for one in charges),
    }
    for one in charges:
        *outer, name = TOKENS[one.token_type or ""]
        place = counts[outer[0]] if outer else counts
        place[name] += one.tokens
    return counts


#: Under which name a store keeps the charges of a day.
CHARGES: Final = "anthropic_charges"
#: The kinds of objects of a store that are lists here.
LISTS: Final = ("workspaces", "api_keys", "users")


def charge_row(charge: Charge) -> Json:
    """A charge as a store keeps it, under its day."""
    return {
        "workspace_id": charge.workspace,
        "api_key_id": charge.key,
        "model": charge.model,
        "token_type": charge.token_type,
        "cents": charge.cents,
        "tokens": charge.tokens,
        "requests": charge.requests,
        "actor": charge.actor,
        "product": charge.product,
    }


def charge_of(day: date, row: Json) -> Charge:
    """A charge as a store kept it."""
    return Charge(
        day=day,
        cents=row["cents"],
        token_type=row["token_type"],
        tokens=row["tokens"],
        model=row["model"],
        workspace=row["workspace_id"],
        key=row["api_key_id"],
        actor=None if row["actor"] is None else (row["actor"][0], row["actor"][1]),
        product=row["product"],
        requests=row["requests"],
    )


def organisation_of(
    store: Store, clock: int, *, key: str = DEFAULT_KEY, name: str = "org_demo"
) -> AnthropicOrganisation:
    """The organisation that a store tells of, as of the clock (seconds)."""
    charges = [
        charge_of(day_of(day), row)
        for day in store.usage_days(CHARGES, clock)
        for row in store.usage_day(CHARGES, day, clock)
    ]
    lists = {kind: _bodies(store, kind, clock) for kind in LISTS}
    return AnthropicOrganisation(moment_of(clock), charges, lists=lists, key=key, name=name)


def _bodies(store: Store, kind: str, clock: int) -> list[Json]:
    versions: Iterable[Any] = store.newest_first(kind, clock, vendor="anthropic")
    return [version.body for version in versions]

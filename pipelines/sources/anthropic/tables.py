"""Raw tables of the Anthropic source and what each report is asked for.

Field reference: `types/beta/organization` of the `anthropic` package 2.14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines.loading.tables import (
    ChildTable,
    JsonObject,
    LiftError,
    ObjectTable,
    lift,
    value_at,
)

#: The analytics reports know no earlier day, and none that is so many days back.
ANALYTICS_SINCE: Final = date(2026, 1, 1)
ANALYTICS_DAYS_BACK: Final = 364
#: Longest range of one request, of both pairs.
DAYS_PER_REQUEST: Final = 31
#: Hours after a day's end up to which the vendor may still change it.
SETTLE_HOURS: Final = 72
#: Days that every run reads again.
RESTATED_DAYS: Final = 35

#: Dimensions of rows, of both pairs; a null is "not grouped by" or "truly none", and `grouped_by`
#: of the day tells which.
DIMENSIONS: Final = {
    "workspace_id": "text",
    "api_key_id": "text",
    "model": "text",
    "service_tier": "text",
    "context_window": "text",
    "inference_geo": "text",
    "speed": "text",
    "product": "text",
}

COST_ROW_COLUMNS: Final = {
    **DIMENSIONS,
    "description": "text",
    "cost_type": "text",
    "token_type": "text",
    "currency": "text",
    "amount": "amount",
    "list_amount": "amount",
}
USAGE_ROW_COLUMNS: Final = {
    **DIMENSIONS,
    "uncached_input_tokens": "bigint",
    "cache_read_input_tokens": "bigint",
    "cache_creation.ephemeral_5m_input_tokens": "bigint",
    "cache_creation.ephemeral_1h_input_tokens": "bigint",
    "output_tokens": "bigint",
    "requests": "bigint",
    "server_tool_use.web_search_requests": "bigint",
}
_DAY_COLUMNS: Final = {
    "reported_date": "date",
    "reports": "text",
    "grouped_by": "json",
    "organization_id": "text",
    "is_final": "bool",
    "rows_quarantined": "bigint",
}

COST_DAYS: Final = ObjectTable(
    "cost_days",
    {**_DAY_COLUMNS, "control_amount": "amount"},
    (ChildTable("cost_rows", "rows", COST_ROW_COLUMNS),),
)
USAGE_DAYS: Final = ObjectTable(
    "usage_days", _DAY_COLUMNS, (ChildTable("usage_rows", "rows", USAGE_ROW_COLUMNS),)
)
#: What each actor's use came to, another view of the same bill; where the older report says it, an
#: estimate of Claude Code alone.
ACTOR_ROW_COLUMNS: Final = {
    "actor_type": "text",
    "actor_id": "text",
    "actor_name": "text",
    "product": "text",
    "model": "text",
    "basis": "text",
    "currency": "text",
    "amount": "amount",
    "list_amount": "amount",
}
ACTOR_DAYS: Final = ObjectTable(
    "actor_days", _DAY_COLUMNS, (ChildTable("actor_rows", "rows", ACTOR_ROW_COLUMNS),)
)
WORKSPACES: Final = ObjectTable(
    "workspaces",
    {"name": "text", "created_at": "text", "archived_at": "text", "is_default": "bool"},
)
API_KEYS: Final = ObjectTable(
    "api_keys",
    {
        "name": "text",
        "status": "text",
        "created_at": "text",
        "expires_at": "text",
        "workspace_id": "text",
        "scope.type": "text",
        "scope.workspace_id": "text",
        "created_by.id": "text",
        "principal.id": "text",
    },
)
USERS: Final = ObjectTable(
    "users", {"name": "text", "email": "text", "role": "text", "added_at": "text"}
)

ALL_TABLES: Final = (COST_DAYS, USAGE_DAYS, ACTOR_DAYS, WORKSPACES, API_KEYS, USERS)


@dataclass(frozen=True)
class Report:
    """A report that answers by UTC day.

    Attributes:
        name: as listed in `sync_endpoints`.
        path: below the base URL.
        is_cost: money, not tokens.
        is_legacy: of the older pair, which answers with buckets that hold `results`.
        group_by: dimensions to ask for.
        is_by_actor: who caused a cost, beside the bill.
        is_daily: answers for one day a request.
    """

    name: str
    path: str
    is_cost: bool
    is_legacy: bool
    group_by: tuple[str, ...]
    is_by_actor: bool = False
    is_daily: bool = False

    @property
    def table(self) -> ObjectTable:
        """Where its days go."""
        if self.is_by_actor:
            return ACTOR_DAYS
        return COST_DAYS if self.is_cost else USAGE_DAYS


_BY: Final = ("model", "workspace_id", "api_key_id", "service_tier", "context_window")

ANALYTICS_COST: Final = Report(
    "analytics/cost",
    "/v1/organizations/analytics/cost",
    is_cost=True,
    is_legacy=False,
    # the first two do not count towards the five that the API allows
    group_by=("cost_type", "token_type", *_BY),
)
ANALYTICS_USAGE: Final = Report(
    "analytics/usage",
    "/v1/organizations/analytics/usage",
    is_cost=False,
    is_legacy=False,
    group_by=_BY,
)
LEGACY_COST: Final = Report(
    "cost_report",
    "/v1/organizations/cost_report",
    is_cost=True,
    is_legacy=True,
    group_by=("workspace_id", "description"),
)
LEGACY_USAGE: Final = Report(
    "usage_report/messages",
    "/v1/organizations/usage_report/messages",
    is_cost=False,
    is_legacy=True,
    group_by=_BY,
)

ANALYTICS_ACTORS: Final = Report(
    "analytics/cost by actor",
    "/v1/organizations/analytics/cost",
    is_cost=True,
    is_legacy=False,
    group_by=("actor", "product", "model"),
    is_by_actor=True,
)
LEGACY_ACTORS: Final = Report(
    "usage_report/claude_code",
    "/v1/organizations/usage_report/claude_code",
    is_cost=True,
    is_legacy=True,
    group_by=(),
    is_by_actor=True,
    is_daily=True,
)

#: Below a billion dollars: a row of more is an error, and would fit no sum.
_CENTS: Final = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,30})?")


def dollars(path: str, cents: Any) -> Decimal:
    """An amount in fractional US cents, which the API sends as text, as dollars; exact.

    Two places are shifted, nothing is divided. "41280.000000" is 412.80 dollars. Raises LiftError
    for anything but a plain decimal text: a number of JSON may have passed through a float.
    """
    if not isinstance(cents, str) or not _CENTS.fullmatch(cents):
        raise LiftError(path, cents, "decimal text of cents")
    sign, digits, exponent = Decimal(cents).as_tuple()
    if not isinstance(exponent, int):
        raise LiftError(path, cents, "decimal text of cents")
    digits, exponent = (digits, exponent - 2) if any(digits) else ((0,), 0)
    while exponent < 0 and digits[-1] == 0 and len(digits) > 1:
        digits, exponent = digits[:-1], exponent + 1
    return Decimal((sign if any(digits) else 0, digits, exponent))


def cost_row(item: JsonObject) -> JsonObject:
    """A row of either cost report in one shape, amounts in dollars.

    Raises LiftError where an amount or a currency is missing or malformed, or what is not the
    bill's currency would be taken for cents.
    """
    cost = item.get("cost")
    given = cost if isinstance(cost, dict) else item
    group = item.get("group")
    row = {**(group if isinstance(group, dict) else item), **given}
    currency = row.get("currency")
    if not isinstance(currency, str) or currency.lower() != "usd":
        raise LiftError("currency", currency, "currency whose hundredth is a cent (USD)")
    row["amount"] = dollars("amount", row.get("amount"))
    if row.get("list_amount") is not None:
        row["list_amount"] = dollars("list_amount", row["list_amount"])
    return _kept(row, COST_ROW_COLUMNS)


#: Kind of actor -> where it says who it is, the first that is there.
_ACTOR_IDS: Final = {
    "user_actor": ("user_id", "email_address"),
    "service_account_actor": ("service_account_id",),
    "api_actor": ("api_key_id", "api_key_name"),
}


def actor_row(item: JsonObject) -> JsonObject:
    """Cost of an actor, by product and model. Raises LiftError for a wrong amount or currency.

    A user is known by id and name, or by its e-mail address, whose hash alone is left by now; an
    actor that the vendor cannot name has no id.
    """
    cost, group = item.get("cost"), item.get("group")
    given = cost if isinstance(cost, dict) else item
    group = group if isinstance(group, dict) else item
    currency = given.get("currency")
    if not isinstance(currency, str) or currency.lower() != "usd":
        raise LiftError("currency", currency, "currency whose hundredth is a cent (USD)")
    actor = group.get("actor")
    actor = actor if isinstance(actor, dict) else {}
    kind = actor.get("type")
    names = _ACTOR_IDS.get(str(kind)) or tuple(
        sorted(name for name in actor if name.endswith("_id"))
    )
    listed = given.get("list_amount")
    row = {
        "actor_type": kind,
        "actor_id": next((actor[name] for name in names if actor.get(name)), None),
        "actor_name": actor.get("name") or actor.get("email_address") or actor.get("api_key_name"),
        "product": group.get("product"),
        "model": group.get("model"),
        "basis": item.get("basis") or "billed",
        "currency": currency,
        "amount": dollars("amount", given.get("amount")),
        "list_amount": None if listed is None else dollars("list_amount", listed),
    }
    return _kept(row, ACTOR_ROW_COLUMNS)


def usage_row(item: JsonObject) -> JsonObject:
    """A row of either usage report in one shape. Raises LiftError for what is no count."""
    usage, group = item.get("usage"), item.get("group")
    row = {
        **(group if isinstance(group, dict) else item),
        **(usage if isinstance(usage, dict) else {}),
    }
    if "requests" in item:
        row.setdefault("requests", item["requests"])
    kept = _kept(row, USAGE_ROW_COLUMNS)
    for path in ("uncached_input_tokens", "output_tokens"):
        if value_at(kept, path) is None:
            raise LiftError(path, None, "number of tokens")
    for path, kind in USAGE_ROW_COLUMNS.items():
        value = value_at(kept, path)
        if kind == "bigint" and isinstance(value, int) and value < 0:
            raise LiftError(path, value, "number of tokens")
    return kept


def _kept(row: JsonObject, columns: dict[str, str]) -> JsonObject:
    """The row without nulls and without what only frames it, after its types were tried."""
    lift(row, columns)
    return {
        key: value
        for key, value in row.items()
        if value is not None and key not in ("starting_at", "ending_at", "group", "cost", "usage")
    }

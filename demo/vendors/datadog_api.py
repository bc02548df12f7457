"""A small Datadog organisation: running estimates, final months, usage by hour, metrics.

Costs are told as `datadog_api_client`'s `CostByOrgResponse` takes them: by organisation, with each
product's charges by type and their total among them, as floats without a currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

API_KEY, APP_KEY = "dd-api-Xy12secret", "dd-app-Zq34secret"
Query = dict[str, str]
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Growth:
    """What a product's charge of a type grew by on a day."""

    day: date
    product: str
    kind: str
    cost: str
    org: str = "org_a"


@dataclass
class DatadogOrganisation:
    """What the server answers; change it between runs.

    Attributes:
        reached: the last day that estimates tell of.
        growth: by day, of which estimates are the running totals.
        final: month -> organisation -> product -> type -> cost, once it is closed.
        usage: hourly records: (timestamp, family, type, value).
        series: metrics query -> service -> day -> value.
        refusals: path -> (status, message).
        throttled: how many of the next requests are, with seconds to wait in Datadog's header.
        page_records: records of usage a page at most.
        fault: repeat_record, no_data, wrong_totals, other_month.
        requests: path, query and body of every request.
    """

    reached: date
    growth: list[Growth] = field(default_factory=list)
    final: dict[date, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    usage: list[tuple[str, str, str, float | None]] = field(default_factory=list)
    series: dict[str, dict[str, dict[date, float | None]]] = field(default_factory=dict)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    throttled: int = 0
    page_records: int = 500
    fault: str | None = None
    url: str = ""
    requests: list[tuple[str, Query, Any]] = field(default_factory=list)

    def asked(self, name: str) -> list[Query]:
        """Queries of requests to a path's last part."""
        return [query for path, query, _ in self.requests if path.endswith(f"/{name}")]

    def answer(self, path: str, query: Query, body: Any) -> Answer:
        """Status and body of one request."""
        name = path.rpartition("/")[2]
        if name in self.refusals:
            status, message = self.refusals[name]
            return status, {"errors": [message]}
        if name == "estimated_cost":
            return 200, self._costs(self._estimates(query))
        if name == "historical_cost":
            month = date.fromisoformat(f"{query['start_month'][:7]}-01")
            known = self.final.get(month, {})
            rows = [record(month, org, products, self.fault) for org, products in known.items()]
            return 200, self._costs(rows)
        if name == "hourly_usage":
            return 200, self._usage(query)
        if name == "timeseries":
            return 200, self._timeseries(body["data"]["attributes"])
        return 404, {"errors": ["not found"]}

    def _costs(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        if self.fault == "no_data":
            return {}
        return {
            "data": [
                {"id": str(number), "type": "cost_by_org", "attributes": row}
                for number, row in enumerate(rows)
            ]
        }

    def _estimates(self, query: Query) -> list[dict[str, Any]]:
        start_text = query.get("start_date") or f"{query['start_month'][:7]}-01"
        start = date.fromisoformat(start_text[:10])
        end = date.fromisoformat(query.get("end_date", str(start))[:10])
        if self.fault == "other_month":
            start = end = start - timedelta(days=1)
        rows = []
        day = start
        while day <= min(end, self.reached):
            orgs: dict[str, dict[str, dict[str, Decimal]]] = {}
            for one in self.growth:
                if one.day.replace(day=1) == day.replace(day=1) and one.day <= day:
                    kinds = orgs.setdefault(one.org, {}).setdefault(one.product, {})
                    kinds[one.kind] = kinds.get(one.kind, Decimal(0)) + Decimal(one.cost)
            rows += [record(day, org, products, self.fault) for org, products in orgs.items()]
            day += timedelta(days=1)
        return rows

    def _usage(self, query: Query) -> dict[str, Any]:
        start, end = query["filter[timestamp][start]"], query.get("filter[timestamp][end]", "9")
        records = [
            {
                "type": "usage_timeseries",
                "id": f"{moment}{family}{kind}",
                "attributes": {
                    "org_name": "Main", "public_id": "org_a", "region": "us",
                    "timestamp": f"{moment}:00:00+00:00", "product_family": family,
                    "measurements": [{"usage_type": kind, "value": value}],
                },
            }
            for moment, family, kind, value in self.usage
            if start <= moment < end
        ]  # fmt: skip
        first = int(query.get("page[next_record_id]", "0"))
        size = min(int(query.get("page[limit]", "500")), self.page_records)
        following = str(first + size) if len(records) > first + size else None
        if self.fault == "repeat_record":
            following = "1"
        return {
            "data": records[first : first + size],
            "meta": {"pagination": {"next_record_id": following}},
        }

    def _timeseries(self, asked: dict[str, Any]) -> dict[str, Any]:
        services = self.series.get(asked["queries"][0]["query"], {})
        start, end = (datetime.fromtimestamp(asked[n] / 1000, UTC) for n in ("from", "to"))
        days = [start.date() + timedelta(days=number) for number in range((end - start).days)]
        attributes = {
            "times": [
                int(datetime(one.year, one.month, one.day, tzinfo=UTC).timestamp()) * 1000
                for one in days
            ],
            "series": [
                {"group_tags": [f"service:{name}"], "query_index": 0, "unit": None}
                for name in services
            ],
            "values": [[points.get(day) for day in days] for points in services.values()],
        }
        return {"data": {"id": "0", "type": "timeseries_response", "attributes": attributes}}


def record(
    day: date, org: str, products: dict[str, dict[str, Any]], fault: str | None
) -> dict[str, Any]:
    """An organisation's costs as the API writes them."""
    charges, whole = [], Decimal(0)
    for product, kinds in products.items():
        numbers = [Decimal(str(cost)) for cost in kinds.values() if _is_number(cost)]
        total = sum(numbers, Decimal(0)) + (1 if fault == "wrong_totals" else 0)
        whole += total
        for kind, cost in [*kinds.items(), ("total", total)]:
            charges.append(
                {
                    "product_name": product,
                    "charge_type": kind,
                    "cost": float(cost) if _is_number(cost) else cost,
                }
            )
    return {
        "account_name": "Company", "account_public_id": "acc_1", "org_name": org.title(),
        "public_id": org, "region": "us", "date": f"{day}T00:00:00Z",
        "total_cost": float(whole), "charges": charges,
    }  # fmt: skip


def _is_number(cost: Any) -> bool:
    try:
        Decimal(str(cost))
    except ArithmeticError:
        return False
    return cost is not None

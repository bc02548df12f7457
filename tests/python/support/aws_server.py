"""A small AWS account that Cost Explorer and STS speak for, with the ways in which they can err.

It answers as botocore's model of Cost Explorer says: JSON 1.1, days grouped by two dimensions,
pages by a token. A request that is not signed by its key is refused. CloudWatch is not spoken here:
moto is, in the tests of metrics.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

from support.listening import listening

KEY_ID = "AKIATESTTESTTESTTEST"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYSECRET"
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Charge:
    """What a usage type comes to on a day; `amount` is a text as AWS writes it, however odd."""

    day: date
    service: str
    usage_type: str
    amount: Any
    quantity: str = "1"
    unit: str = "N/A"


@dataclass
class AwsAccount:
    """What the server answers; change it between runs.

    Attributes:
        charges: all that is billed.
        final_until: days before it are not called estimated.
        totals: day -> amount that the request without grouping says, in place of the sum.
        left_out: days that no answer speaks of.
        page_groups: groups a page at most.
        refusal: (status, code, message) that Cost Explorer always answers with.
        throttled: how many of the next requests are throttled.
        fault: repeat_token, no_days, other_day.
        requests: bodies of requests to Cost Explorer.
    """

    charges: list[Charge] = field(default_factory=list)
    final_until: date = date(2026, 10, 1)
    totals: dict[date, str] = field(default_factory=dict)
    left_out: set[date] = field(default_factory=set)
    page_groups: int = 1000
    refusal: tuple[int, str, str] | None = None
    throttled: int = 0
    fault: str | None = None
    account_id: str = "123456789012"
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    def costs(self, body: dict[str, Any]) -> Answer:
        """One request of GetCostAndUsage."""
        self.requests.append(body)
        if self.throttled:
            self.throttled -= 1
            return error(400, "LimitExceededException", "Rate exceeded")
        if self.refusal:
            return error(*self.refusal)
        if self.fault == "no_days":
            return 200, {"GroupDefinitions": []}
        start, end = (date.fromisoformat(body["TimePeriod"][name]) for name in ("Start", "End"))
        metric = body["Metrics"][0]
        keys = [one["Key"] for one in body.get("GroupBy", [])]
        if keys not in ([], ["SERVICE", "USAGE_TYPE"]):
            return error(400, "ValidationException", "GroupBy")
        days = [start + timedelta(days=number) for number in range((end - start).days)]
        days = [day for day in days if day not in self.left_out]
        if self.fault == "other_day":
            days = [start - timedelta(days=1)]
        rows = [
            (day, charge)
            for day in days
            for charge in [one for one in self.charges if one.day == day] or [None]
        ]
        number = int(body.get("NextPageToken", "page_0").removeprefix("page_"))
        size = self.page_groups if keys else len(rows) or 1
        page = rows[number * size : (number + 1) * size]
        answer: dict[str, Any] = {"ResultsByTime": self._days(page, metric, is_grouped=bool(keys))}
        if len(rows) > (number + 1) * size:
            answer["NextPageToken"] = f"page_{number + 1}"
        if self.fault == "repeat_token" and keys:
            answer["NextPageToken"] = "page_1"
        return 200, answer

    def _days(self, rows: list[Any], metric: str, *, is_grouped: bool) -> list[dict[str, Any]]:
        days: dict[date, list[Charge]] = {}
        for day, charge in rows:
            days.setdefault(day, []).extend([charge] if charge else [])
        return [
            {
                "TimePeriod": {"Start": str(day), "End": str(day + timedelta(days=1))},
                "Estimated": day >= self.final_until,
                "Total": {} if is_grouped else {metric: self._total(day, charges)},
                "Groups": [group(one, metric) for one in charges] if is_grouped else [],
            }
            for day, charges in days.items()
        ]

    def _total(self, day: date, charges: list[Charge]) -> dict[str, str]:
        if day in self.totals:
            return {"Amount": self.totals[day], "Unit": "USD"}
        total = sum((Decimal(one.amount) for one in charges), Decimal(0))
        return {"Amount": f"{total:f}", "Unit": "USD"}


def group(charge: Charge, metric: str) -> dict[str, Any]:
    """A group as Cost Explorer writes it."""
    return {
        "Keys": [charge.service, charge.usage_type],
        "Metrics": {
            metric: {"Amount": charge.amount, "Unit": "USD"},
            "UsageQuantity": {"Amount": charge.quantity, "Unit": charge.unit},
        },
    }


def error(status: int, code: str, message: str) -> Answer:
    """An error as JSON 1.1 words it."""
    return status, {"__type": code, "message": message}


@contextmanager
def serve(account: AwsAccount) -> Iterator[AwsAccount]:
    """Serve `account` on a free local port; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            target = self.headers.get("X-Amz-Target", "")
            if f"Credential={KEY_ID}/" not in self.headers.get("Authorization", ""):
                message = f"no such key: {SECRET}"
                self.send_json(*error(400, "UnrecognizedClientException", message))
            elif target == "AWSInsightsIndexService.GetCostAndUsage":
                self.send_json(*account.costs(json.loads(sent)))
            elif sent.startswith(b"Action=GetCallerIdentity"):
                text = (
                    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                    f"<GetCallerIdentityResult><Account>{account.account_id}</Account>"
                    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
                )
                self.send(200, text.encode(), "text/xml")
            else:
                self.send_json(*error(403, "AccessDeniedException", "not authorized"))

        def send_json(self, status: int, body: dict[str, Any]) -> None:
            self.send(status, json.dumps(body).encode(), "application/x-amz-json-1.1")

        def send(self, status: int, payload: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(Handler) as account.url:
        yield account

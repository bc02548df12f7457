"""What the demo tests share: a small company, and plain HTTP reading of its server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
import yaml

from demo import DemoParameters
from demo.company.situations import SITUATIONS
from demo.vendors.anthropic_api import BETA
from demo.vendors.anthropic_api import DEFAULT_KEY as ANTHROPIC_KEY
from demo.vendors.openai_api import DEFAULT_KEY as OPENAI_KEY
from demo.vendors.stripe_api import DEFAULT_KEY as STRIPE_KEY

#: Every situation and a few ordinary customers.
SMALL = DemoParameters(customers=len(SITUATIONS) + 15, events=60_000)
FIXTURES = Path(__file__).parents[1] / "fixtures"


def mrr_cases() -> list[dict[str, Any]]:
    """The worked cases of recurring revenue."""
    cases: list[dict[str, Any]] = yaml.safe_load((FIXTURES / "mrr_cases.yaml").read_text())["cases"]
    return cases


def stripe(url: str, path: str, *, version: str | None = None, **query: Any) -> requests.Response:
    """GET a Stripe path; underscores of `created_gte` and the like are not translated."""
    headers = {"Authorization": f"Bearer {STRIPE_KEY}"}
    if version is not None:
        headers["Stripe-Version"] = version
    return requests.get(f"{url}/v1/{path}", headers=headers, params=query, timeout=20)


def stripe_all(url: str, path: str, **query: Any) -> list[dict[str, Any]]:
    """All objects of a list, page by page."""
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        body = stripe(url, path, limit=100, **query, **more).json()
        found += body["data"]
        if not body["has_more"]:
            return found
        more = {"starting_after": body["data"][-1]["id"]}


def openai(url: str, path: str, key: str = OPENAI_KEY, **query: Any) -> requests.Response:
    """GET a path of the organisation."""
    return requests.get(
        f"{url}/v1/organization/{path}",
        headers={"Authorization": f"Bearer {key}"},
        params=query,
        timeout=20,
    )


def anthropic(url: str, path: str, **query: Any) -> Any:
    """GET a path of the second provider's organisation."""
    headers = {
        "x-api-key": ANTHROPIC_KEY, "anthropic-version": "2023-06-01", "anthropic-beta": BETA,
    }  # fmt: skip
    address = f"{url}/v1/organizations/{path}"
    found = requests.get(address, headers=headers, params=query, timeout=20)
    assert found.status_code == 200, found.text
    return found.json()


def anthropic_all(url: str, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """All rows of a report, page by page."""
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {"limit": 50}
    while True:
        body = anthropic(url, path, **query, **more)
        found += body["data"]
        if not body["has_more"]:
            return found
        more["page"] = body["next_page"]


def anthropic_list(url: str, kind: str) -> list[dict[str, Any]]:
    """All objects of a list, page by page."""
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        body = anthropic(url, kind, **more)
        found += body["data"]
        if not body["has_more"]:
            return found
        more = {"after_id": body["last_id"]}

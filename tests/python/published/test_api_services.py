"""Services over the API: added, tested, loaded and removed, and no answer holds a credential."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.fernet import Fernet

from pipelines.credentials import store
from support.served import Served
from support.stripe_server import StripeLists, serve

SECRET = "rk_test_51SECRETsecretSECRET"
REQUIRED = ("/v1/customers", "/v1/products", "/v1/prices", "/v1/subscriptions", "/v1/invoices")


@pytest.fixture
def stripe() -> Iterator[StripeLists]:
    lists = StripeLists({path: [] for path in REQUIRED} | {"/v1/events": []}, account="acct_1")
    with serve(lists):
        yield lists


@pytest.fixture
def operator(own: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks as somebody who may change services; returns status and JSON."""
    own.folder.publish("0001")
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("CREDENTIALS_KEY", Fernet.generate_key().decode())
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "1")
    _, key = own.keys.create("operator", ["metrics:read", "services:write"])

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = own.client.request(
            method,
            f"/api/v1/services{path}",
            json=body,
            headers={"authorization": f"Bearer {key}"},
        )
        assert SECRET not in answer.text
        return answer.status_code, answer.json()

    return ask


def test_a_service_lives_over_the_api(operator: Any, stripe: StripeLists, tmp_path: Path) -> None:
    body = {
        "kind": "stripe",
        "name": "stripe_eu",
        "settings": {"api_key": SECRET, "BASE_URL": stripe.url},
    }
    code, added = operator("POST", "", body)
    assert (code, added["state"], added["settings"]["API_KEY"]) == (
        201,
        "configured",
        "credentials",
    )
    names = [one["name"] for one in operator("GET", "")[1]["services"]]
    assert names[-1] == "stripe_eu"
    code, checked = operator("POST", "/stripe_eu/test")
    assert (code, checked["ok"]) == (200, True)
    stripe.refused = {"/v1/invoices": 403}
    assert operator("POST", "/stripe_eu/test")[1]["ok"] is False
    stripe.refused = {}
    assert operator("GET", "/stripe_eu/status")[1]["state"] == "idle"
    assert operator("POST", "/stripe_eu/sync")[0] == 202
    assert operator("POST", "/stripe_eu/sync")[0] == 409
    until = time.monotonic() + 120
    while operator("GET", "/stripe_eu/status")[1]["state"] == "running":
        assert time.monotonic() < until
        time.sleep(0.2)
    assert operator("GET", "/stripe_eu/status")[1]["state"] == "succeeded"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute("select count(*) from raw_stripe_eu.syncs").fetchall()
    assert found == [(1,)]
    code, removed = operator("DELETE", "/stripe_eu")
    assert code == 200
    assert "raw_stripe_eu" in removed["detail"]
    assert operator("DELETE", "/stripe_eu")[0] == 404


def test_what_cannot_be_stored_is_refused(operator: Any) -> None:
    for body in (
        {"kind": "nokind", "settings": {}},
        {"kind": "stripe", "settings": {}},
        {"kind": "stripe", "settings": {"PASSWORD": "x"}},
        {"kind": "stripe", "name": "../x", "settings": {"API_KEY": "x"}},
        {"kind": "stripe", "settings": {"API_KEY": "a\nb"}},
        {"kind": "stripe", "settings": {"API_KEY": "x" * 20_000}},
        {"kind": "stripe", "settings": {"API_KEY": "x"}, "more": 1},
        {"settings": {}},
    ):
        status, problem = operator("POST", "", body)
        assert status == 400, body
        assert problem["remedy"]
        assert store.stored() == {}


def test_a_vendor_that_cannot_be_reached_is_said(operator: Any) -> None:
    body = {"kind": "stripe", "settings": {"API_KEY": SECRET, "BASE_URL": "http://127.0.0.1:9"}}
    assert operator("POST", "", body)[0] == 201
    code, problem = operator("POST", "/stripe/test")
    assert code == 503
    assert "could not be reached" in problem["detail"]
    assert operator("POST", "/nosuch/test")[0] == 404

"""Services on the Data page: added after a live check, checked, removed; no secret is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from cryptography.fernet import Fernet
from streamlit.testing.v1 import AppTest

from pipelines.credentials import store
from support.published import PublishedDir
from support.stripe_server import StripeLists, serve

Open = Callable[[], AppTest]
SECRET = "rk_test_51SECRETsecretSECRET"
REQUIRED = ("/v1/customers", "/v1/products", "/v1/prices", "/v1/subscriptions", "/v1/invoices")


@pytest.fixture
def stripe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeLists]:
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("CREDENTIALS_KEY", Fernet.generate_key().decode())
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "1")
    lists = StripeLists({path: [] for path in REQUIRED} | {"/v1/events": []}, account="acct_1")
    with serve(lists):
        yield lists


def _drawn(app: AppTest) -> str:
    kinds = (app.text, app.markdown, app.caption, app.error, app.code)
    frames = " ".join(one.value.to_csv() for one in app.dataframe)
    return " ".join(str(one.value) for kind in kinds for one in kind) + frames


def _add(app: AppTest, url: str) -> AppTest:
    app.selectbox(key="new_kind").set_value("stripe").run()
    app.text_input(key="new_name").set_value("stripe_eu")
    app.text_input(key="new_stripe_API_KEY").set_value(SECRET)
    app.text_input(key="new_stripe_BASE_URL").set_value(url)
    return next(one for one in app.button if one.label == "Check and store").click().run()


def test_a_service_is_added_checked_and_removed_on_the_page(
    published: PublishedDir, open_app: Open, stripe: StripeLists
) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/data.py").run()
    assert not [one for one in app.text_input if "API_KEY" in one.label]  # nothing until asked for
    app.toggle(key="show_services").set_value(True).run()
    assert not app.exception
    stripe.refused = {"/v1": 401}
    _add(app, stripe.url)
    assert "stripe_eu was not stored" in _drawn(app)
    assert store.stored() == {}
    stripe.refused = {}
    _add(app, stripe.url)
    assert "stripe_eu: stored." in _drawn(app)
    assert store.stored()["stripe_eu"]["API_KEY"] == SECRET
    assert stripe.keys == {SECRET}
    stripe.refused = {"/v1/invoices": 403}
    app.selectbox(key="service").set_value("stripe_eu").run()
    app.button(key="check_service").click().run()
    assert "stripe_eu: a load would fail." in _drawn(app)
    assert "needs the permission Invoices: read" in _drawn(app)
    app.button(key="remove_service").click().run()
    assert "The credentials of stripe_eu are removed" in _drawn(app)
    assert store.stored() == {}
    assert SECRET not in _drawn(app)


def _load(app: AppTest) -> AppTest:
    """Press Load now and look again until the load has ended."""
    app.selectbox(key="service").set_value("stripe_eu").run()
    app.button(key="load_service").click().run()
    assert "stripe_eu is being loaded." in _drawn(app)
    for _ in range(240):
        if ",loading" not in _drawn(app.run()):
            return app
        time.sleep(0.5)
    pytest.fail("the load has not ended after two minutes")


def test_load_now_runs_the_load_and_says_how_it_ended(
    published: PublishedDir, open_app: Open, stripe: StripeLists, tmp_path: Path
) -> None:
    published.publish("1")
    stripe.lists["/v1/customers"] = [
        {"id": "cus_1", "object": "customer", "name": "One", "created": 1767225600, "metadata": {}}
    ]
    app = open_app().switch_page("app_pages/data.py").run()
    app.toggle(key="show_services").set_value(True).run()
    _add(app, stripe.url)
    assert "loaded; run dbt build to see it" in _drawn(_load(app))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        assert warehouse.sql("select id, name from raw_stripe_eu.customers").fetchall() == [
            ("cus_1", "One")
        ]
    # a key that was taken back since is a failed load, and no traceback on the page
    stripe.refused = {"/v1": 401}
    assert "failed in part" in _drawn(_load(app))
    assert not app.exception
    assert SECRET not in _drawn(app)

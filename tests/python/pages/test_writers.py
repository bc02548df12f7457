"""Who may look and who may change things: DASHBOARD_WRITERS."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import guard
from pipelines.alerts.inbox import Episode
from support.published import PublishedDir

Open = Callable[[], AppTest]
#: Keys of everything that changes something, by page.
CHANGING = {
    "app_pages/alerts.py": ("do_acknowledge", "do_note", "do_assign"),
    "app_pages/data.py": ("check_service", "new_kind"),
}


def _keys(app: AppTest) -> set[str]:
    kinds: tuple[Any, ...] = (app.button, app.selectbox, app.text_input, app.text_area)
    return {one.key for kind in kinds for one in kind if one.key}


@pytest.mark.parametrize("is_named", [True, False])
def test_who_is_not_named_looks_only(
    published: PublishedDir,
    open_app: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_named: bool,
) -> None:
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("SOURCES__STRIPE__API_KEY", "rk_test_looking")
    who = getpass.getuser() if is_named else "ada@example.com"
    monkeypatch.setenv("DASHBOARD_WRITERS", f"bob@example.com, {who}")
    published.publish("1")
    app = open_app()
    app.query_params["alert"] = Episode("churn_high", "all", "all", date(2026, 10, 1)).name
    for page, keys in CHANGING.items():
        app.switch_page(page).run()
        if page.endswith("data.py"):
            app.toggle(key="show_services").set_value(True).run()
        assert not app.exception
        drawn = _keys(app)
        for key in keys:
            assert (key in drawn) == is_named, (page, key)
        assert any(guard.LOOKING_ONLY in str(one.value) for one in app.caption) != is_named
    labels = {one.label for one in app.button}
    assert ("Check and store" in labels) == is_named


@pytest.mark.parametrize(
    ("writers", "who", "may"),
    [
        ("", {"email": "eve@example.com"}, True),
        ("ada@example.com", {"email": "Ada@Example.com"}, True),
        ("ada@example.com", {"email": "ada@example.com", "email_verified": False}, False),
        ("ada@example.com", {"email": "eve@example.com"}, False),
        ("*@finance.example.com", {"email": "eve@finance.example.com"}, True),
        ("*@finance.example.com", {"email": "eve@finance.example.com.evil.test"}, False),
        ("ada@example.com", {"name": "ada@example.com"}, False),
    ],
)
def test_writers_are_known_by_the_address_that_the_provider_verified(
    monkeypatch: pytest.MonkeyPatch, writers: str, who: dict[str, Any], may: bool
) -> None:
    class User(dict[str, Any]):
        is_logged_in = True

    monkeypatch.setenv("DASHBOARD_WRITERS", writers)
    monkeypatch.setattr(guard, "sign_in_settings", lambda: {"client_id": "us"})
    monkeypatch.setattr(guard.st, "user", User(who))
    assert guard.may_write() == may

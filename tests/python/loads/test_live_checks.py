"""`usage-vs-revenue sources test`: every vendor is asked what the key may read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from support import (
    braintree_lives,
    chargebee_lives,
    lemon_squeezy_lives,
    polar_lives,
    recurly_lives,
)
from support.braintree_server import MERCHANT, PRIVATE_KEY, PUBLIC_KEY
from support.chargebee_server import KEY as CHARGEBEE_KEY
from support.commands import Project
from support.json_server import serve
from support.lemon_squeezy_server import KEY as LEMON_SQUEEZY_KEY
from support.paddle_lives import tax_inside
from support.paddle_server import KEY as PADDLE_KEY
from support.polar_server import KEY as POLAR_KEY
from support.recurly_server import KEY as RECURLY_KEY

LIVES = {
    "paddle": (tax_inside, "API_KEY", {"API_KEY": PADDLE_KEY}, "/subscriptions"),
    "chargebee": (chargebee_lives.life, "API_KEY", {"API_KEY": CHARGEBEE_KEY}, "/subscriptions"),
    "recurly": (recurly_lives.life, "API_KEY", {"API_KEY": RECURLY_KEY}, "/subscriptions"),
    "braintree": (
        braintree_lives.life,
        "PRIVATE_KEY",
        {"MERCHANT_ID": MERCHANT, "PUBLIC_KEY": PUBLIC_KEY, "PRIVATE_KEY": PRIVATE_KEY},
        "/plans",
    ),
    "polar": (
        polar_lives.life,
        "ACCESS_TOKEN",
        {"ACCESS_TOKEN": POLAR_KEY},
        "/v1/subscriptions/",
    ),
    "lemon_squeezy": (
        lemon_squeezy_lives.life,
        "API_KEY",
        {"API_KEY": LEMON_SQUEEZY_KEY},
        "/v1/subscriptions",
    ),
}


@contextmanager
def vendor(project: Project, name: str) -> Iterator[None]:
    """A vendor's server, and the settings of its account."""
    make, _, settings, _ = LIVES[name]
    made = make()
    made.now = datetime.fromisoformat("2025-07-31T23:59:59")
    with serve(made.server()) as listening:
        given = {**settings, "BASE_URL": listening.url}
        project.settings |= {f"SOURCES__{name.upper()}__{one}": given[one] for one in given}
        yield


@pytest.mark.parametrize("name", LIVES)
def test_a_key_that_works_and_one_that_is_refused(project: Project, name: str) -> None:
    _, secret, _, path = LIVES[name]
    with vendor(project, name):
        said = project.command("usage-vs-revenue", "sources", "test", name).stdout
        [line] = [line for line in said.splitlines() if path in line]
        assert "yes" in line
        project.settings[f"SOURCES__{name.upper()}__{secret}"] = "not-the-key-of-anybody"
        done = project.command("usage-vs-revenue", "sources", "test", name, expect=1)
        assert f"SOURCES__{name.upper()}__{secret}" in done.stdout + done.stderr
        assert "not-the-key-of-anybody" not in done.stdout + done.stderr


def test_billing_files_are_counted(project: Project) -> None:
    (project.folder / "files").mkdir()
    (project.folder / "files" / "customers.csv").write_text("customer_id,name\na,Ada\n")
    project.settings["SOURCES__BILLING_FILES__BUCKET_URL"] = str(project.folder / "files")
    said = project.command("usage-vs-revenue", "sources", "test", "billing_files").stdout
    [line] = [line for line in said.splitlines() if "customers" in line]
    assert "1 files" in line

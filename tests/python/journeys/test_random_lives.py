"""Random lives of subscriptions, each billed by several vendors: one ledger, whoever bills."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest

from support import (
    braintree_server,
    chargebee_server,
    lemon_squeezy_server,
    paddle_server,
    polar_server,
    recurly_server,
)
from support.commands import Project
from support.json_server import serve
from support.random_lives import LOOKS, TELLERS, Life, is_told_by_braintree, lives, noon_of

pytestmark = pytest.mark.slow

SEED, COUNT = 17, 24
SECRETS = {
    "paddle": {"API_KEY": paddle_server.KEY},
    "chargebee": {"API_KEY": chargebee_server.KEY},
    "recurly": {"API_KEY": recurly_server.KEY},
    "braintree": {
        "MERCHANT_ID": braintree_server.MERCHANT,
        "PUBLIC_KEY": braintree_server.PUBLIC_KEY,
        "PRIVATE_KEY": braintree_server.PRIVATE_KEY,
    },
    "polar": {"ACCESS_TOKEN": polar_server.KEY},
    "lemon_squeezy": {"API_KEY": lemon_squeezy_server.KEY},
}


@pytest.fixture(scope="module")
def told() -> list[Life]:
    return lives(SEED, COUNT)


@pytest.fixture(scope="module")
def built(told: list[Life], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """All lives at all vendors, looked at on the days of their changes; one build."""
    project = Project(tmp_path_factory.mktemp("random_lives"))
    companies = {vendor: tell(told) for vendor, (tell, _) in TELLERS.items()}
    project.settings = {"PII_HASH_KEY": "a key of the test"}
    with ExitStack() as servers:
        for vendor, company in companies.items():
            listening = servers.enter_context(serve(company.server()))
            for setting, value in {**SECRETS[vendor], "BASE_URL": listening.url}.items():
                project.settings[f"SOURCES__{vendor.upper()}__{setting}"] = value
        for day in LOOKS:
            for company in companies.values():
                company.now = noon_of(day)
            project.settings["AS_OF"] = f"{noon_of(day).isoformat()}+00:00"
            project.load_here(*companies)
    project.dbt("build", "--select", "+fct_mrr_movements", "--indirect-selection", "empty")
    yield project


def changes(project: Project, customer: str) -> list[tuple[str, Decimal]]:
    """Days on which a customer's MRR changes, and by how much."""
    rows = project.rows(
        "select cast(movement_date as varchar), sum(mrr_change) from core.fct_mrr_movements "
        f"where customer_id = '{customer}' group by 1 having sum(mrr_change) <> 0 order by 1"
    )
    return [(day, amount) for day, amount in rows]


def test_lives_are_of_every_kind(told: list[Life]) -> None:
    assert {state.status for life in told for state in life.states} == {
        "trialing", "active", "paused", "ended",
    }  # fmt: skip
    assert any(life.has_discount and life.trial_end for life in told)
    assert any(state.ends_on and state.status == "active" for one in told for state in one.states)


@pytest.mark.parametrize("vendor", TELLERS)
def test_a_life_is_the_same_ledger_whoever_bills(
    built: Project, told: list[Life], vendor: str
) -> None:
    _, customer = TELLERS[vendor]
    if vendor == "braintree":
        told = [life for life in told if is_told_by_braintree(life)]
        assert len(told) >= 4
    wrong = {
        life.number: (found, life.changes(), life)
        for life in told
        if (found := changes(built, customer.format(life.number))) != life.changes()
    }
    assert not wrong, wrong

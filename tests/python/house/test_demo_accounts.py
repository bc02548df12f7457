"""Two demo companies beside each other: no id of one in the other, keys of their own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from demo import DemoCompany, DemoParameters, generate_company
from demo.seeds import write_seeds
from demo.vendors.openai_api import DEFAULT_KEY as OPENAI_KEY
from demo.vendors.openai_api import OpenAiApi
from demo.vendors.store import Store
from demo.vendors.stripe_api import DEFAULT_KEY as STRIPE_KEY
from demo.vendors.stripe_api import RESOURCES, StripeApi
from support.commands import ROOT
from support.ports import free_port

#: Lists that Stripe gives for one parent only.
_BY_PARENT = ("subscription_items", "billing/credit_balance_transactions")
SIZE: dict[str, Any] = {"customers": 25, "months": 5, "events": 1_500}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoCompany, DemoCompany]:
    folder = tmp_path_factory.mktemp("accounts")
    first = generate_company(folder / "first", DemoParameters(**SIZE))
    second = generate_company(folder / "second", DemoParameters(**SIZE, account="eu"))
    for company in (first, second):
        write_seeds(company.folder / "seeds", company.parameters)
    return first, second


def answers(company: DemoCompany) -> list[Any]:
    """All first pages of both vendors, at the clock of the company."""
    store, clock = Store(company.store), company.parameters.clock
    stripe, openai = StripeApi(store), OpenAiApi(store)
    key = {"authorization": f"Bearer {STRIPE_KEY}"}
    found = [
        stripe.answer("GET", path, [("limit", "100")], key, clock).body
        for path in ("account", "events", *RESOURCES)
        if path not in _BY_PARENT
    ]
    key = {"authorization": f"Bearer {OPENAI_KEY}"}
    day = clock - clock % 86_400 - 30 * 86_400
    for path in ("projects", "users", "admin_api_keys"):
        found.append(openai.answer("GET", path, [], key, clock).body)
    query = [("start_time", str(day)), ("limit", "30"), ("group_by", "project_id")]
    query.append(("group_by", "line_item"))
    found.append(openai.answer("GET", "costs", query, key, clock).body)
    store.close()
    return found


def ids_of(value: Any) -> set[str]:
    """Texts under keys that hold ids."""
    if isinstance(value, dict):
        own = {
            part
            for key, part in value.items()
            if isinstance(part, str) and (key == "id" or key.endswith("_id"))
        }
        return own.union(*(ids_of(part) for part in value.values()))
    return set().union(*(ids_of(part) for part in value)) if isinstance(value, list) else set()


def without_name(value: Any) -> Any:
    """The answer as an account without a name gives it."""
    if isinstance(value, dict):
        return {
            key: _number(part) if key == "value" else without_name(part)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [without_name(part) for part in value]
    return re.sub(r"_eu\b", "", value) if isinstance(value, str) else value


def test_no_id_of_one_account_occurs_in_the_other(both: tuple[DemoCompany, DemoCompany]) -> None:
    first, second = (ids_of(answers(company)) for company in both)
    assert len(first) == len(second) > 200
    assert not first & second


def test_a_name_changes_ids_and_nothing_else(both: tuple[DemoCompany, DemoCompany]) -> None:
    first, second = (answers(company) for company in both)
    for ours, theirs in zip(first, second, strict=True):
        assert told(without_name(theirs)) == told(without_name(ours))


def told(value: Any) -> str:
    """An answer as text, without the prefix of invoice numbers that is cut out of an id."""
    return re.sub(r"'invoice_prefix': '\w+'", "", str(value))


def _number(value: Any) -> Decimal:
    """An amount, however it is written: that depends on ids."""
    return Decimal(orjson.dumps(value).decode().strip('"'))


def test_truth_events_and_seeds_name_the_same_ids(both: tuple[DemoCompany, DemoCompany]) -> None:
    first, second = both
    for folder in ("truth", "seeds"):
        for path in sorted((first.folder / folder).glob("*.csv")):
            theirs = (second.folder / folder / path.name).read_text()
            rows = sorted(re.sub(r"_eu\b", "", theirs).splitlines())
            assert rows == sorted(path.read_text().splitlines()), path.name
    truth = (second.truth / "mrr_by_customer_month.csv").read_text().splitlines()[1:]
    assert truth
    assert all(line.split(",")[0].endswith("_eu") for line in truth)
    keys = (second.folder / "seeds" / "cost_rules.csv").read_text()
    assert "proj_assistant_eu" in keys


def test_a_served_company_lets_its_own_keys_in(both: tuple[DemoCompany, DemoCompany]) -> None:
    port = free_port()
    keys = ["--stripe-key", "sk_test_eu", "--openai-key", "sk-admin-eu"]
    place = ["--out", str(both[1].folder), "--port", str(port)]
    command = [sys.executable, "-m", "demo", "serve", *place, *keys]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            server.stdout.readline()
            assert "Stripe sk_test_eu, OpenAI sk-admin-eu" in server.stdout.readline()
            assert status(port, "/v1/customers", "sk_test_eu") == 200
            assert status(port, "/v1/customers", STRIPE_KEY) == 401
            assert status(port, "/v1/organization/projects", "sk-admin-eu") == 200
            assert status(port, "/v1/organization/projects", OPENAI_KEY) == 401
        finally:
            server.terminate()


def status(port: int, path: str, key: str) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {key}"}
    )
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(path)


def test_a_name_that_cannot_stand_in_ids_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo", "generate", "--out", str(tmp_path), "--account", "E U"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "lower-case letters and digits" in done.stderr

"""All customers, one customer, nobody; codes are words on the page and codes in the files."""

from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.published.questions import finance
from pipelines.published.questions.links import provider_page
from pipelines.published.questions.words import word_of, worded
from pipelines.published.reader import open_published
from support.published import PublishedDir, answer

Open = Callable[[], AppTest]


def test_the_directory_is_all_customers_and_narrows_by_what_is_asked(
    published: PublishedDir, open_app: Open
) -> None:
    file = published.publish("1")
    app = open_app().switch_page("app_pages/customers.py").run()
    assert not app.exception
    rows = app.dataframe[0].value
    assert len(rows) == answer(file, "select count(*) from finance.customers") == 40
    assert list(rows["customer_name"])[:2] == ["Customer 39", "Customer 38"]
    # the first column stays in sight while the others scroll, as on a phone
    columns = json.loads(app.dataframe[0].proto.columns)
    assert [name for name, one in columns.items() if one.get("pinned")] == ["customer_name"]
    app.selectbox(key="status").set_value("churned").run()
    app.selectbox(key="health").set_value("at_risk").run()
    assert set(app.dataframe[0].value["customer_id"]) == {"cus_0", "cus_35"}
    assert (app.query_params["status"], app.query_params["health"]) in (
        ("churned", "at_risk"), (["churned"], ["at_risk"]),
    )  # fmt: skip
    linked = open_app()
    linked.query_params["status"] = "churned"
    linked.query_params["plan"] = "prod_b"
    linked.query_params["name"] = "cus_1"
    linked.switch_page("app_pages/customers.py").run()
    assert set(linked.dataframe[0].value["customer_id"]) == {"cus_10"}
    assert set(linked.dataframe[0].value["status"]) == {"Churned"}
    linked.text_input(key="name").set_value("' or 1=1 --").run()
    assert "No customer fits. Take a filter away." in [one.value for one in linked.caption]


def test_customers_of_one_domain_are_proposed_and_never_joined(published: PublishedDir) -> None:
    published.publish("1")
    with open_published() as build:
        rows = finance.same_company(build).table.to_pylist()
    assert [(row["email_domain"], row["customers"]) for row in rows] == [("acme.test", 3)]
    assert rows[0]["customer_ids"] == "cus_0, cus_1, cus_2"


def test_a_customer_has_a_head_and_an_unknown_one_a_page(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app()
    app.query_params["customer"] = "cus_7"
    app.switch_page("app_pages/customer.py").run()
    texts = [one.value for one in app.text]
    assert "Plan B · Paying · pays since 2 Jun 2025 · last seen 14 Nov 2026, 08:00 UTC" in texts[1]
    assert "health: at risk (80 of 100)" in texts[1]
    assert "Why: a payment is past due" in texts
    links = [one.proto.url for one in app.get("link_button")]
    assert links == ["https://dashboard.stripe.com/customers/cus_7"]
    assert "What does it call?" in [one.value for one in app.header]
    nobody = open_app()
    nobody.query_params["customer"] = "<b>nobody</b>"
    nobody.switch_page("app_pages/customer.py").run()
    assert not nobody.exception
    assert "No customer of this build has this id." in [one.value for one in nobody.warning]
    assert "<b>nobody</b>" in [one.value for one in nobody.text]
    assert not nobody.metric
    assert not nobody.header


@pytest.mark.parametrize(
    ("provider", "native_id", "page"),
    [
        ("stripe", "cus_1", "https://dashboard.stripe.com/customers/cus_1"),
        ("stripe", "../x?y#z", "https://dashboard.stripe.com/customers/..%2Fx%3Fy%23z"),
        ("files", "1", None),
        ("stripe", None, None),
        (None, "1", None),
    ],
)
def test_a_provider_page_is_known_or_not_made_up(
    provider: str | None, native_id: str | None, page: str | None
) -> None:
    assert provider_page(provider, native_id) == page


def test_codes_have_words_and_names_stay_as_they_are() -> None:
    assert word_of("usage_spike") == "Usage spike"
    assert word_of("too_small") == "Too small"
    assert word_of("__unknown__") == "Not said"
    assert word_of("9 of 100 calls used") == "9 of 100 calls used"
    table = pa.table(
        {"status": ["past_due", None], "plan": ["pro_max", "__no_plan__"], "series": ["o1", "fx"],
         "customer_id": ["cus_1", "__unattributed__"], "customer_name": ["new_corp", "x"]}
    )  # fmt: skip
    assert worded(table).to_pydict() == {
        "status": ["Payment past due", None],
        "plan": ["pro_max", "No plan"],
        "series": ["o1", "Exchange rates"],
        "customer_id": ["cus_1", "__unattributed__"],
        "customer_name": ["new_corp", "x"],
    }

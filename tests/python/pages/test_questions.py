"""docs/questions.md: each question is on its page in its words, and its query runs as written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES
from pipelines.published.questions import adhoc
from pipelines.published.reader import open_published
from support.commands import ROOT
from support.published import PublishedDir

Open = Callable[[], AppTest]

PAGE: Final = (ROOT / "docs" / "questions.md").read_text("utf-8")
QUESTIONS: Final = re.split(r"^## \d+\. ", PAGE, flags=re.M)[1:]
#: What a small build has no rows of.
UNFILLED: Final = (
    "insert into core.dim_products by name select 'prod_b' as product_id, 'Pro' as product_name",
    "insert into core.dim_ai_models by name select 'openai' as provider, "
    "'gpt-4o-mini' as model_id, 0.15 as input_usd_per_million, 0.6 as output_usd_per_million",
    "insert into unit_economics.llm_usage_by_customer_month by name select "
    "date '2026-10-01' as month, 1000000 as uncached_input_tokens, 0 as cached_input_tokens, "
    "1000000 as cache_write_tokens, 500000 as output_tokens, 9 as list_cost_usd",
)


def _sql(question: str) -> str:
    found = re.search(r"```sql\n(.*?)```", question, re.S)
    assert found, question
    return found[1]


def test_every_query_runs_as_it_is_written(published: PublishedDir) -> None:
    published.publish("1", *UNFILLED)
    assert len(QUESTIONS) == 10
    with open_published() as build:
        for question in QUESTIONS:
            statement = _sql(question)
            assert adhoc.refusal(statement) is None, statement
            assert build.table(statement).num_rows, statement
        # 2 million input tokens at 0.15 and half a million of output at 0.60 a million
        other = build.table(_sql(QUESTIONS[9])).to_pylist()[0]
    assert (float(other["as_it_was_usd"]), float(other["on_the_other_usd"])) == (9.0, 0.6)


@pytest.mark.parametrize("title", sorted({re.findall(r"\*\*(.+?)\*\*", q)[0] for q in QUESTIONS}))
def test_every_question_is_on_its_page(published: PublishedDir, open_app: Open, title: str) -> None:
    published.publish("1", *UNFILLED)
    page = next(one for one in PAGES if one.title == title)
    asked = [one for one in QUESTIONS if f"**{title}**" in one]
    app = open_app().switch_page(page.script)
    if "Week" in " ".join(asked):
        app.query_params["grain"] = "week"
    if page.address == "customer":
        app.query_params["customer"] = "cus_1"
    app.run()
    assert not app.exception
    heads = {one.value.replace("\\", "") for one in app.header}
    for question in asked:
        said = question.split("```")[0]
        for words in re.findall(r'"([A-Z][^"]+\?)"', " ".join(said.split())):
            assert words in heads, (words, heads)

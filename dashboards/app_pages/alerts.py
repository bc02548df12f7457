"""Alerts: what needs action?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import cards, contract, drill, lists, notes, states
from dashboards.components import tables as table
from pipelines.published.questions import monitoring
from pipelines.published.questions.formatting import count

build = states.shown_build()

with states.needs(monitoring.ALERTS):
    totals = monitoring.alert_counts(build)
    with cards.row():
        for label, column in (
            ("Open, critical", "open_critical"),
            ("Open, warning", "open_warning"),
            ("Recovered", "recovered"),
        ):
            cards.now(cards.Card(label, totals, column, count, better="less"))
        with states.needs(monitoring.INSIGHTS):
            cards.now(cards.Card("Findings", monitoring.insight_count(build), "insights", count))
    drill.open_query(
        table.pick(
            "open_alerts",
            "What needs action?",
            monitoring.alerts(build, ["open"]),
            build,
            lists.alerts(),
            "query",
            contract.NOW,
            empty="Nothing: no rule is beyond its threshold.",
            opens="see the rows behind it",
        )
    )

with states.needs(monitoring.INSIGHTS):
    drill.open_query(
        table.pick(
            "insights",
            "What stands out?",
            monitoring.insights(build),
            build,
            lists.insights(),
            "query",
            contract.NOW,
            empty="Nothing out of the ordinary was found.",
            opens="see the rows behind it",
        )
    )

with states.needs(monitoring.ALERTS):
    table.framed(
        "past_alerts",
        "What is over?",
        monitoring.alerts(build, ["recovered", "ended"]),
        build,
        lists.alerts(past=True),
        contract.EVER,
        empty="No alert has recovered yet.",
    )

with states.needs(monitoring.CHECKS):
    table.framed(
        "alert_rules",
        "How does every rule stand?",
        monitoring.rules(build),
        build,
        lists.rules(),
        contract.NOW,
        empty=notes.without_checks(monitoring.rule_count(build)),
        note="The newest complete period of each rule. Too small: the sample is below the rule's.",
    )
st.caption("Rules stand in seeds/alert_thresholds.csv; change a row and run dbt build.")

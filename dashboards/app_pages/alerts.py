"""Alerts: what needs action? An inbox, the findings, and the rules themselves."""

from __future__ import annotations

from dashboards.components import cards, contract, drill, inbox, lists, notes, states, thresholds
from dashboards.components import tables as table
from pipelines.published.questions import monitoring
from pipelines.published.questions.formatting import count

build = states.shown_build()

with states.needs(monitoring.ALERTS):
    totals, handled = monitoring.alert_counts(build), inbox.counts(build)
    with cards.row():
        for label, answer, column in (
            ("Needs action", handled, "needs_action"),
            ("Open, critical", totals, "open_critical"),
            ("Settled, still open", handled, "settled"),
            ("Recovered", totals, "recovered"),
        ):
            cards.now(cards.Card(label, answer, column, count, better="less"))
        with states.needs(monitoring.INSIGHTS):
            cards.now(cards.Card("Findings", monitoring.insight_count(build), "insights", count))
    inbox.show(build)

with states.needs(monitoring.INSIGHTS):
    drill.open_query(
        table.pick("insights", "What stands out?", monitoring.insights(build), build,
                   lists.insights(), "query", contract.NOW,
                   empty="Nothing out of the ordinary was found.",
                   opens="see the rows behind it")
    )  # fmt: skip
with states.needs(monitoring.ALERTS):
    past = inbox.measured(monitoring.alerts(build, ["recovered", "ended"]))
    table.framed("past_alerts", "What is over?", past, build, lists.alerts(past=True),
                 contract.EVER, empty="No alert has recovered yet.")  # fmt: skip
with states.needs(monitoring.CHECKS):
    table.framed("alert_rules", "How does every rule stand?",
                 inbox.measured(monitoring.rules(build)), build, lists.rules(), contract.NOW,
                 empty=notes.without_checks(monitoring.rule_count(build)),
                 note="The newest complete period of each rule. Too small: the sample is below the "
                 "rule's.")  # fmt: skip
    thresholds.show(build)

"""Where MRR is going: the forecast with its bands, and the movements that it expects."""

from __future__ import annotations

from functools import partial

from dashboards.components import charts, contract, fans, states
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import finance


@states.needs(finance.FORECAST)
def mrr(page: Page) -> None:
    """MRR of the months to come, with how often such bands held."""
    report = page.report
    fan = finance.forecast(page.build, page.choice)
    charts.show(
        report.chart(
            key="mrr_forecast",
            question="Where is MRR going?",
            answer=fan,
            draw=partial(fans.fan, unit=report.unit, axis=report.axis),
            columns=fans.columns(report.code),
            note=fans.said(fan.table.to_pylist()),
        ),
        page.build,
    )


@states.needs(finance.FORECAST_MOVEMENTS)
def movements(page: Page) -> None:
    """What will come and go, month by month."""
    table.framed(
        "mrr_forecast_movements", "What will come and go?",
        finance.forecast_movements(page.build, page.choice), page.build,
        fans.movements(page.report.code), contract.NOW,
        note="Movements of the last twelve months, leant so that they add up to the forecast.",
    )  # fmt: skip

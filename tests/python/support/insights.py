"""The findings of a company beside those that its simulator planted."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

Finding = tuple[str, str, str, str]
Rows = Callable[[str], Sequence[tuple[Any, ...]]]
#: Findings about features follow from margins that nobody planted; they are reckoned apart.
BADGES = ("high_profit_feature", "high_loss_feature")


def planted_findings(truth: Path, clock: str) -> set[Finding]:
    """(type, subject type, subject, first day or nothing) planted and still to be listed."""
    moment = datetime.fromisoformat(clock).timestamp()
    found = set()
    with (truth / "planted.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            detail = json.loads(row["detail"])
            if row["kind"] == "insight" and moment < detail.get("until", moment + 1):
                found.add(
                    (
                        detail["insight_type"],
                        detail["subject_type"],
                        detail["subject_id"],
                        detail.get("period_start", ""),
                    )
                )
    return found


def findings(rows: Rows) -> set[Finding]:
    """The same of `monitoring.insights`; only findings about days have a day."""
    return {
        (type_, subject_type, subject, str(start) if grain == "day" else "")
        for type_, subject_type, subject, start, grain in rows(
            "select insight_type, subject_type, subject_id, period_start, period_grain "
            f"from monitoring.insights where insight_type not in {BADGES}"
        )
    }


def badges_expected(rows: Rows, month: str) -> set[tuple[str, str]]:
    """(type, feature) by the rule on the margins of a month: below zero, or at least 70 % of the
    revenue and a quarter of what all features earn."""
    margins = rows(
        "select feature_id, revenue_usd, margin_usd from unit_economics.margin_by_feature_month "
        f"where month = date '{month}' and feature_id not like '\\_\\_%' escape '\\'"
    )
    earned = sum(margin for _, _, margin in margins if margin > 0)
    found = set()
    for feature, revenue, margin in margins:
        if margin < 0:
            found.add(("high_loss_feature", feature))
        elif revenue > 0 and margin * 10 >= revenue * 7 and margin * 4 >= earned:
            found.add(("high_profit_feature", feature))
    return found

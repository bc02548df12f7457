"""Headings of the tables about alerts, rules and findings."""

from __future__ import annotations

from dashboards.components.lists.common import Columns
from dashboards.components.tables import (
    PROVISIONAL,
    day,
    moment,
    number,
    text,
)


def actions() -> Columns:
    """Open alerts and findings."""
    return {
        "kind": text("What", width=150),
        "since": day("Since", width=110),
        "message": text("What to know", width=760),  # else all columns share what is left
    }


def insights() -> Columns:
    """Findings."""
    return {
        "insight_type": text("Finding", width=190),
        "subject_name": text("About", width=190),
        "period_start": day("From", width=110),
        "message": text("What to know", width=760),  # else all columns share what is left
    }


def alerts(past: bool = False) -> Columns:
    """Alerts with value against threshold."""
    return {
        "severity": text("Severity"),
        "message": text("What happened", width="large"),
        "measured": text("Value"),
        "sample_size": number("Sample"),
        "dimension_value": text("Of"),
        "period_start": day("Period from"),
        "period_grain": text("Period"),
        "first_seen_at": moment("First seen (UTC)"),
        **({"recovered_at": moment("Recovered (UTC)"), "status": text("State")} if past else {}),
        "alert_id": text("Rule"),
    }


def inbox() -> Columns:
    """Open alerts and how they stand."""
    return {
        "severity": text("Severity", width="small"),
        "state": text("State", width="small"),
        "message": text("What happened", width="large"),
        "measured": text("Value"),
        "period_start": day("Since"),
        "assignee": text("Assigned to"),
        "dimension_value": text("Of"),
        "sample_size": number("Sample"),
        "alert_id": text("Rule"),
    }


def kpi_values() -> Columns:
    """Values of one KPI."""
    return {
        "period_start": day("Period from"),
        "period_grain": text("Period", width="small"),
        "value": number("Value"),
        "numerator": number("Of it"),
        "denominator": number("Of all"),
        "sample_size": number("Sample"),
        "unit": text("Unit", width="small"),
        "is_provisional": PROVISIONAL,
    }


def checked() -> Columns:
    """Values that a rule has looked at."""
    return {
        "dimension_value": text("Of"),
        "period_start": day("Period from"),
        "value": number("Value"),
        "threshold": number("Threshold"),
        "status": text("State"),
        "sample_size": number("Sample"),
    }


def rules() -> Columns:
    """Rules and how they stand."""
    return {
        "status": text("State"),
        "alert_id": text("Rule"),
        "metric_title": text("What it watches"),
        "dimension_value": text("Of"),
        "period_start": day("Period from"),
        "period_grain": text("Period"),
        "measured": text("Value"),
        "sample_size": number("Sample"),
        "minimum_sample": number("Needed sample"),
    }

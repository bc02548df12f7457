"""Headings of the tables about what is loaded and what a build holds."""

from __future__ import annotations

from typing import Final

from dashboards.components.tables import (
    moment,
    number,
    text,
)

SERVICES: Final = {
    "name": text("Service", width="small"),
    "kind": text("Kind of service", width="small"),
    "state": text("State", width="small"),
    "settings": text("Settings from", width="medium"),
    "detail": text("To do", width="medium"),
    "load": text("Load started here"),
}
SKIPPED: Final = {
    "source": text("Source", width="small"),
    "endpoint": text("What was skipped", width="medium"),
    "reason": text("Why", width="large"),
}
EXCEPTIONS: Final = {
    "area": text("Area", width="small"),
    "reason": text("Why"),
    "subject_type": text("Kind of object"),
    "subject_id": text("Object", width="medium"),
    "amount": number("Amount"),
    "currency": text("Currency", width="small"),
    "first_seen_at": moment("Since (UTC)"),
}
QUARANTINED: Final = {
    "source": text("Source", width="small"),
    "source_table": text("Raw table"),
    "field": text("Field"),
    "quarantined_rows": number("Rows in quarantine"),
    "files": number("Files"),
    "example_file": text("One of them", width="medium"),
    "first_observed_at": moment("First met (UTC)"),
    "last_observed_at": moment("Last met (UTC)"),
}
ROW_COUNTS: Final = {
    "table_name": text("Table", width="medium"),
    "row_count": number("Rows", width="small"),
    "description": text("What one row is", width="large"),
}
DEFINITIONS: Final = {
    "metric": text("Metric"),
    "title": text("Name"),
    "meaning": text("Meaning", width="large"),
    "formula": text("Formula", width="large"),
    "unit": text("Unit"),
    "mart": text("Mart"),
}
COLUMNS: Final = {
    "column_name": text("Column"),
    "data_type": text("Type"),
    "description": text("Meaning", width="large"),
}

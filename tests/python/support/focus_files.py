"""FOCUS files as clouds write them, for tests: rows of a few columns, the rest as given."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = Mapping[str, Any]


def charge(day: str, cost: str, **columns: Any) -> dict[str, Any]:
    """A charge of FOCUS 1.2 as AWS writes it; `day` is YYYY-MM-DD."""
    year, month = int(day[:4]), int(day[5:7])
    until = f"{year + month // 12}-{month % 12 + 1:02}-01"
    return {
        "BilledCost": cost,
        "BillingAccountId": "111122223333",
        "BillingAccountName": "Payer",
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{day[:7]}-01T00:00:00Z",
        "BillingPeriodEnd": f"{until}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargePeriodStart": f"{day}T10:00:00Z",
        "ChargePeriodEnd": f"{day}T11:00:00Z",
        "ConsumedQuantity": "2",
        "ConsumedUnit": "Hours",
        "EffectiveCost": cost,
        "ListCost": cost,
        "InvoiceId": None,
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services, Inc.",
        "RegionId": "us-east-1",
        "ServiceCategory": "Compute",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "SubAccountId": "444455556666",
        "SubAccountName": "Production",
        "ResourceId": "i-1",
        "Tags": "{}",
        "x_UsageType": "USE1-BoxUsage:m7i.large",
    } | columns


def write(path: Path, rows: Sequence[Row], *, age: int = 0) -> Path:
    """Write CSV, gzipped CSV or Parquet by the file's name; `age` seconds older than others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
    else:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return touch(path, age)


def touch(path: Path, age: int) -> Path:
    """Set a file's time of change to `age` seconds before a fixed moment."""
    os.utime(path, (1_770_000_000 - age, 1_770_000_000 - age))
    return path


def write_manifest(export: Path, period: str, files: Sequence[Path], *, age: int = 0) -> Path:
    """The manifest of an AWS Data Export below `export`, whose files are in its folder `data`."""
    path = export / "metadata" / f"BILLING_PERIOD={period}" / f"{export.name}-Manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    named = [f"s3://a-bucket/{file.relative_to(export.parent)}" for file in files]
    path.write_text(json.dumps({"exportArn": "arn:aws:x", "dataFiles": named}), "utf-8")
    return touch(path, age)

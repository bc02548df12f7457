"""The simulator's own answers, from its own books: contracts, cash, calls and the planted oddities.

Nothing here looks at the vendors' objects. All files are a function of the clock. Money in a
customer's currency is in major units; `_usd` columns use the exchange rates given, carried forward.

Files in the folder `truth/`:

- `mrr_by_customer_month.csv`: customer, month, currency, mrr (native), mrr_usd, is_provisional
- `movements.csv`: customer, date, type, change (native), change_usd; `fx` rows in dollars only
- `cash_by_customer_month.csv`: the cash book, one row per customer, month and kind
- `event_costs.csv`: day, customer, feature, model: calls, tokens, true list cost (empty: unpriced)
- `provider_bill.csv`: each provider's bill per day, project (workspace, account), key, line item,
  first and last stated
- `event_files.csv`: every file with its rows, duplicates and broken line
- `planted.csv`: what was put there on purpose; `summary.json`: counts
- `exchange_rates.csv`: the rates that were used
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from demo.company.ai_usage import FEATURE_IDS, DayEvents
from demo.company.catalogue import exponent
from demo.company.claude_bill import bill_line
from demo.company.cloud_bill import ACCOUNT, PROVIDER, CloudLine
from demo.company.event_files import FileFacts
from demo.company.models import MODELS
from demo.company.watch_bill import ORGANISATION, WatchLine
from demo.company.watch_bill import PROVIDER as DATADOG
from demo.timeline import DAY, day_of, epoch, iso, month_start, shift_month
from demo.vendors.anthropic_api import CHARGES
from demo.vendors.store import Store

Rates = Mapping[str, Sequence[tuple[date, Fraction]]]

#: Rates of the demo, US dollars per unit, on the first of each month: made up, for want of a file.
_DEMO_RATES: Final = {
    "eur": ("1.13", "1.17", "1.16", "1.17", "1.18", "1.16"),
    "gbp": ("1.35", "1.37", "1.33", "1.35", "1.34", "1.31"),
    "jpy": ("0.0069", "0.00695", "0.0067", "0.0068", "0.00675", "0.0065"),
    "kwd": ("3.26", "3.27", "3.27", "3.28", "3.27", "3.26"),
}


def demo_rates(start: int, end: int) -> dict[str, list[tuple[date, Fraction]]]:
    """Made-up monthly rates from `start` to `end`; the same months have the same rates."""
    first, last = month_start(day_of(start)), day_of(end)
    rates: dict[str, list[tuple[date, Fraction]]] = {}
    for currency, texts in _DEMO_RATES.items():
        month, rows = first, []
        while month <= last:
            number = month.year * 12 + month.month
            rows.append((month, Fraction(texts[number % len(texts)])))
            month = shift_month(month, 1)
        rates[currency] = rows
    return rates


def read_rates(path: Path) -> dict[str, list[tuple[date, Fraction]]]:
    """Rates from a CSV with the columns rate_date, currency, usd_per_unit."""
    rates: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            moment = date.fromisoformat(row["rate_date"])
            rates[row["currency"].lower()].append((moment, Fraction(row["usd_per_unit"])))
    return {currency: sorted(rows) for currency, rows in rates.items()}


def rate_on(rates: Rates, currency: str, day: date) -> Fraction:
    """US dollars per unit on a day, carried forward from the last given day.

    Raises:
        KeyError: no rate of that currency is given for the day or before.
    """
    if currency == "usd":
        return Fraction(1)
    found = None
    for given, rate in rates.get(currency, ()):
        if given > day:
            break
        found = rate
    if found is None:
        raise KeyError(f"no exchange rate of {currency} on {day}")
    return found


def nine_places(value: Fraction) -> str:
    """Decimal text with nine places, halves up."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(Decimal(10) ** -9, rounding=ROUND_HALF_UP):f}"


# ---- recurring revenue ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """A stretch of the book `recurring`, amounts in major units of `currency` a month."""

    customer: str
    subscription: str
    item: str
    product: str
    currency: str
    state: str
    start: int
    end: int | None
    net: Fraction

    def covers(self, moment: int) -> bool:
        """Whether it is in force just before `moment`'s next second."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Movement:
    """A change of a customer's recurring revenue on a day, in its own currency."""

    customer: str
    date: date
    type: str
    change: Fraction


def stretches(store: Store, clock: int) -> Iterator[list[Stretch]]:
    """The stretches of each customer as known at the clock.

    A subscription whose first invoice with a positive total is out and unpaid has none.
    """
    for _, rows in groupby(store.recurring(), key=lambda row: row[0]):
        found = []
        for row in rows:
            (customer, subscription, item, product, _price, _quantity, currency, state) = row[:8]
            start, end, charged_at, proven_at = row[8:12]
            if start > clock:
                continue
            charged = charged_at is not None and charged_at <= clock
            if charged and (proven_at is None or proven_at > clock):
                continue
            net = Fraction(row[15]) / 10 ** exponent(currency)
            found.append(
                Stretch(customer, subscription, item, product, currency, state, start, end, net)
            )
        if found:
            yield found


def closings(own: Sequence[Stretch], clock: int) -> dict[date, tuple[Fraction, Fraction]]:
    """(earning, paused) at the close of every day on which something changed, in order."""
    days = {day_of(s.start) for s in own}
    days |= {day_of(s.end) for s in own if s.end is not None and s.end <= clock}
    result = {}
    for day in sorted(days):
        close = min(epoch(day) + DAY - 1, clock)
        sums = {"earning": Fraction(0), "paused": Fraction(0)}
        for stretch in own:
            if stretch.covers(close):
                sums[stretch.state] += stretch.net
        result[day] = (sums["earning"], sums["paused"])
    return result


def movements_of(customer: str, closes: Mapping[date, tuple[Fraction, Fraction]]) -> list[Movement]:
    """Movements by day: pauses are the change of what is paused, the rest is classified."""
    found: list[Movement] = []
    earning = paused = Fraction(0)
    had_paid = False
    for day, (now_earning, now_paused) in closes.items():
        shift = now_paused - paused
        if shift > 0:
            found.append(Movement(customer, day, "pause", -shift))
        elif shift < 0:
            found.append(Movement(customer, day, "resume", -shift))
        before, after = earning + paused, now_earning + now_paused
        change = after - before
        if change:
            if before == 0:
                kind = "reactivation" if had_paid else "new"
            elif after == 0:
                kind = "churn"
            else:
                kind = "expansion" if change > 0 else "contraction"
            found.append(Movement(customer, day, kind, change))
        had_paid = had_paid or after > 0
        earning, paused = now_earning, now_paused
    return found


def months_until(first: date, clock: int) -> Iterator[tuple[date, date]]:
    """(month, its last day at the clock) from a day's month to the clock's."""
    month, today = month_start(first), day_of(clock)
    while month <= today:
        following = shift_month(month, 1)
        yield month, min(following - timedelta(days=1), today)
        month = following


def write_recurring(folder: Path, store: Store, clock: int, rates: Rates) -> dict[str, int]:
    """Write monthly MRR and movements; returns row counts."""
    today = day_of(clock)
    month_rows: list[Sequence[Any]] = []
    movement_rows: list[Sequence[Any]] = []
    for own in stretches(store, clock):
        customer, currency = own[0].customer, own[0].currency
        closes = closings(own, clock)
        days = list(closes)
        for movement in movements_of(customer, closes):
            rate = rate_on(rates, currency, movement.date)
            movement_rows.append(
                (
                    customer,
                    movement.date,
                    movement.type,
                    nine_places(movement.change),
                    nine_places(movement.change * rate),
                )
            )
        movement_rows.extend(_revaluations(customer, currency, closes, rates, today))
        place, value = 0, Fraction(0)
        for month, last in months_until(days[0], clock):
            while place < len(days) and days[place] <= last:
                value = closes[days[place]][0]
                place += 1
            month_rows.append(
                (
                    customer,
                    month,
                    currency,
                    nine_places(value),
                    nine_places(value * rate_on(rates, currency, last)),
                    str(clock + 1 < epoch(shift_month(month, 1))).lower(),
                )
            )
    write_csv(
        folder / "mrr_by_customer_month.csv",
        ("customer_id", "month", "currency", "mrr", "mrr_usd", "is_provisional"),
        month_rows,
    )
    write_csv(
        folder / "movements.csv",
        ("customer_id", "date", "movement_type", "change", "change_usd"),
        sorted(movement_rows, key=lambda row: (row[0], row[1], row[2])),
    )
    return {"mrr_rows": len(month_rows), "movement_rows": len(movement_rows)}


def _revaluations(
    customer: str,
    currency: str,
    closes: Mapping[date, tuple[Fraction, Fraction]],
    rates: Rates,
    today: date,
) -> Iterator[Sequence[Any]]:
    """The open book revalued on each day with a new rate: (customer, day, fx, '', dollars)."""
    if currency == "usd":
        return
    days = list(closes)
    before: Fraction | None = None
    for given, rate in rates.get(currency, ()):
        if given > today:
            break
        held = Fraction(0)
        for day in days:
            if day >= given:
                break
            held = closes[day][0]
        if before is not None and held and rate != before:
            yield (customer, given, "fx", "", nine_places(held * (rate - before)))
        before = rate


# ---- money ---------------------------------------------------------------------------------------


def write_cash(folder: Path, store: Store, clock: int) -> dict[str, int]:
    """Write the cash book by customer, month and kind, in major units; returns the row count."""
    sums: dict[tuple[str, date, str, str], int] = defaultdict(int)
    for at, kind, customer, currency, amount, _ in store.ledger(clock):
        sums[(customer, month_start(day_of(at)), kind, currency)] += amount
    rows = [
        (customer, month, kind, currency, f"{Decimal(amount).scaleb(-exponent(currency)):f}")
        for (customer, month, kind, currency), amount in sorted(sums.items())
    ]
    header = ("customer_id", "month", "kind", "currency", "amount")
    write_csv(folder / "cash_by_customer_month.csv", header, rows)
    return {"cash_rows": len(rows)}


# ---- calls and their cost ------------------------------------------------------------------------


class EventCosts:
    """Sums the true cost of the events that reached files, by day, customer, feature and model."""

    def __init__(self) -> None:
        self._parts: list[pa.Table] = []
        self.rows = 0

    def add(self, events: DayEvents, chosen: npt.NDArray[np.bool_]) -> None:
        """Take the chosen rows of a day."""
        self.rows += int(chosen.sum())
        calls = chosen & (events.model >= 0)
        if not calls.any():
            return
        count = int(calls.sum())
        tokens = events.tokens[calls]
        table = pa.table(
            {
                "day": np.full(count, events.day),
                "customer": events.table.column("customer_id").filter(pa.array(calls)),
                "feature": events.feature[calls],
                "told": events.feature_told[calls],
                "model": events.model[calls],
                "billed": events.billable[calls],
                "priced": events.is_priced[calls] | ~events.billable[calls],
                "calls": np.ones(count, dtype=np.int64),
                "uncached": tokens[:, 0],
                "cached": tokens[:, 1],
                "written": tokens[:, 2],
                "output": tokens[:, 3],
                "cost": events.cost[calls].sum(axis=1),
            }
        )
        keys = ["day", "customer", "feature", "told", "model", "billed", "priced"]
        sums = ["calls", "uncached", "cached", "written", "output", "cost"]
        self._parts.append(table.group_by(keys).aggregate([(name, "sum") for name in sums]))

    def write(self, folder: Path) -> dict[str, int]:
        """Write `event_costs.csv` (`feature_told`: the event named its feature); returns counts."""
        rows: list[Sequence[Any]] = []
        total = 0
        merged = [row for part in self._parts for row in part.to_pylist()]
        sums: dict[tuple[Any, ...], list[int]] = {}
        for row in merged:
            key = (
                row["day"], row["customer"], row["feature"], row["told"], row["model"],
                row["billed"], row["priced"],
            )  # fmt: skip
            values = [
                row[f"{name}_sum"]
                for name in ("calls", "uncached", "cached", "written", "output", "cost")
            ]
            held = sums.setdefault(key, [0] * 6)
            for place, value in enumerate(values):
                held[place] += value
        for key in sorted(sums):
            day, customer, feature, told, model, billed, priced = key
            values = sums[key]
            total += values[5]
            cost = f"{Decimal(values[5]).scaleb(-9):f}" if priced else ""
            rows.append(
                (
                    day_of(day), customer, FEATURE_IDS[feature], str(told).lower(),
                    MODELS[model].name, str(billed).lower(), *values[:5], cost,
                )
            )  # fmt: skip
        header = (
            "date", "customer_id", "feature", "feature_told", "model", "reached_provider", "calls",
            "uncached_input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens",
            "cost_usd",
        )  # fmt: skip
        write_csv(folder / "event_costs.csv", header, rows)
        return {"event_cost_rows": len(rows), "true_cost_nano": total}


def write_bill(
    folder: Path,
    store: Store,
    clock: int,
    cloud: Sequence[CloudLine] = (),
    watched: Sequence[WatchLine] = (),
) -> dict[str, int]:
    """Write the bill as first and last stated at the clock; a line that vanished is zero."""
    rows: list[Sequence[Any]] = []
    for day in store.cost_days(clock):
        statements = [
            [
                ((line["project_id"], line["api_key_id"], line["line_item"]), line["amount"])
                for line in stated
            ]
            for _, stated in store.cost_day_versions(day, clock)
        ]
        rows.extend(_bill_rows("openai", day, statements))
    for day in store.usage_days(CHARGES, clock):
        cents = [
            [(bill_line(row), Decimal(row["cents"]).scaleb(-2)) for row in stated]
            for stated in store.usage_day_versions(CHARGES, day, clock)
        ]
        rows.extend(_bill_rows("anthropic", day, cents))
    rows.extend(
        (line.day, PROVIDER, ACCOUNT, "", line.line_item, f"{line.dollars:f}", f"{line.dollars:f}")
        for line in cloud
    )
    rows.extend(
        (
            line.day, DATADOG, ORGANISATION, "", line.product.line_item,
            f"{line.dollars:f}", f"{line.dollars:f}",
        )
        for line in watched
    )  # fmt: skip
    header = (
        "date", "provider", "project_id", "api_key_id", "line_item", "first_billed_usd",
        "billed_usd",
    )  # fmt: skip
    write_csv(folder / "provider_bill.csv", header, rows)
    return {"bill_rows": len(rows)}


def _bill_rows(
    provider: str, day: int, statements: Sequence[Sequence[tuple[tuple[Any, ...], Any]]]
) -> Iterator[Sequence[Any]]:
    """Rows of a day from its statements, oldest first: each (line, dollars) as it was stated."""
    first: dict[tuple[Any, ...], Decimal] = {}
    last: dict[tuple[Any, ...], Decimal] = {}
    for stated in statements:
        last = defaultdict(Decimal)
        for key, amount in stated:
            last[key] += Decimal(amount)
        for key, value in last.items():
            first.setdefault(key, value)
    for key in sorted(first, key=str):
        yield (
            day_of(day), provider, *(part or "" for part in key),
            f"{first[key]:f}", f"{last.get(key, Decimal(0)):f}",
        )  # fmt: skip


# ---- the rest ------------------------------------------------------------------------------------


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV with a header row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_truth(
    folder: Path,
    store_path: Path,
    clock: int,
    rates: Rates,
    facts: Sequence[FileFacts] = (),
    costs: EventCosts | None = None,
    cloud: Sequence[CloudLine] = (),
    watched: Sequence[WatchLine] = (),
) -> dict[str, int]:
    """Write all answers as of the clock into `folder`; returns the summary."""
    store = Store(store_path)
    try:
        summary = {"clock": clock, **write_recurring(folder, store, clock, rates)}
        summary |= write_cash(folder, store, clock)
        summary |= write_bill(folder, store, clock, cloud, watched)
        planted = [
            (kind, subject, iso(at), orjson.dumps(detail).decode())
            for kind, subject, at, detail in store.planted(clock)
        ]
    finally:
        store.close()
    write_csv(folder / "planted.csv", ("kind", "subject", "since", "detail"), planted)
    if costs is not None:
        summary |= costs.write(folder)
    write_csv(
        folder / "event_files.csv",
        ("file", "written_at", "rows", "duplicates", "broken_line"),
        [(f.name, iso(f.written_at), f.rows, f.duplicates, f.broken_line or "") for f in facts],
    )
    summary |= {
        "files": len(facts),
        "event_rows": sum(f.rows for f in facts),
        "duplicate_rows": sum(f.duplicates for f in facts),
        "broken_lines": sum(f.broken_line is not None for f in facts),
    }
    write_csv(
        folder / "exchange_rates.csv",
        ("rate_date", "currency", "usd_per_unit"),
        [
            (day, currency, f"{float(rate):.10g}")
            for currency, rows in sorted(rates.items())
            for day, rate in rows
        ],
    )
    (folder / "summary.json").write_bytes(
        orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    )
    return summary

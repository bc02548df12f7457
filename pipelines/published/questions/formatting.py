"""Values as people read them: unit, currency, period; zero and missing never look alike."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from pipelines.published.questions.measures import OTHER, UNKNOWN
from pipelines.published.questions.periods import Period

#: What stands where there is no value. Zero is written as a number.
MISSING: Final = "—"

_ZERO_DECIMAL: Final = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE_DECIMAL: Final = "bhd jod kwd omr tnd"
#: Decimal places of currencies that do not have two (seeds/currency_exponents.csv says the same).
DECIMAL_PLACES: Final = {
    **dict.fromkeys(_ZERO_DECIMAL.split(), 0),
    **dict.fromkeys(_THREE_DECIMAL.split(), 3),
}
_SYMBOLS: Final = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
_MINUS: Final = "-"
_CENTS_BELOW: Final = 10_000

_NAMED: Final = {
    OTHER: "Other",
    UNKNOWN: "Not said",
    "__no_model__": "No model",
    "__no_plan__": "No plan",
    "__no_bill__": "No bill",
    "__unmapped__": "Unmapped line items",
    "__unattributed__": "Unattributed",
    "__unallocated__": "Unallocated",
    "mrr": "MRR",
    "goal": "Goal",
    "forecast": "Forecast",
    "forecast_low": "Forecast, low",
    "forecast_high": "Forecast, high",
    "house": "MRR here",
    "stripe": "MRR at Stripe",
    "discount": "Discounts with an end",
    "cancel_requested": "Asked to go, still here",
    "first_payment": "Not paid yet",
    "opening": "Opening MRR",
    "closing": "Closing MRR",
    "new": "New",
    "expansion": "Expansion",
    "reactivation": "Reactivation",
    "resume": "Resumed",
    "moved_in": "Moved in",
    "moved_out": "Moved out",
    "contraction": "Contraction",
    "pause": "Paused",
    "churn": "Churn",
    "fx": "Exchange rates",
    "llm": "AI, attributed",
    "infrastructure": "Infrastructure",
    "observability": "Observability",
    "payment_fees": "Payment fees",
    "bad_debt": "Bad debt",
    "other_costs": "Other costs",
    "attributed": "Attributed",
    "own_cache": "The app's own cache",
    "successes": "Requests, successful",
    "errors": "Requests, failed",
    "llm_calls": "LLM calls",
    "returning": "Returning",
    "event": "Subscription events",
    "snapshot": "Own snapshots",
    "schedule": "Scheduled phases",
    "invoice_line": "Invoice lines",
}


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, rounded half-up for reading: `$1,234.50`, `KWD 1.234`.

    An amount that is not zero but would round to it is written as `<$0.01`.
    """
    if amount is None:
        return MISSING
    code = currency.lower()
    mark = _SYMBOLS.get(code, f"{currency.upper()} ")
    step = Decimal(1).scaleb(-DECIMAL_PLACES.get(code, 2))
    size = abs(amount)
    if 0 < size < step:
        return f"{_MINUS if amount < 0 else ''}<{mark}{step}"
    rounded = size.quantize(step, rounding=ROUND_HALF_UP)
    return f"{_MINUS if amount < 0 else ''}{mark}{rounded:,}"


def headline(amount: Decimal | None, currency: str) -> str:
    """An amount for a card: as `money`, from 10,000 on without decimals."""
    if amount is None or abs(amount) < _CENTS_BELOW:
        return money(amount, currency)
    whole = abs(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    mark = _SYMBOLS.get(currency.lower(), f"{currency.upper()} ")
    return f"{_MINUS if amount < 0 else ''}{mark}{whole:,}"


def unit_cost(amount: Decimal | None, currency: str) -> str:
    """A small amount to four significant digits: `$0.01234`; from 1 on as `money`."""
    if amount is None or amount == 0 or abs(amount) >= 1:
        return money(amount, currency)
    mark = _SYMBOLS.get(currency.lower(), f"{currency.upper()} ")
    return f"{_MINUS if amount < 0 else ''}{mark}{float(f'{abs(amount):.4g}'):.9f}".rstrip("0")


def places_of(currency: str) -> int:
    """Decimal places that amounts of a currency are read with."""
    return DECIMAL_PLACES.get(currency.lower(), 2)


def percent(share: Decimal | None) -> str:
    """A share of one as `92.9%`; `<0.1%` for one that would round to zero."""
    if share is None:
        return MISSING
    if 0 < abs(share) < Decimal("0.0005"):
        return f"{_MINUS if share < 0 else ''}<0.1%"
    return f"{(share * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,}%"


def points(change: Decimal | None) -> str:
    """A change between two shares in percentage points: `0.4 pp`; `<0.1 pp` as in `percent`."""
    if change is None:
        return MISSING
    if 0 < abs(change) < Decimal("0.0005"):
        return f"{_MINUS if change < 0 else ''}<0.1 pp"
    return f"{(change * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,} pp"


def times(factor: Decimal | None) -> str:
    """A ratio that is no share: `2.60×`."""
    if factor is None:
        return MISSING
    return f"{_rounded(factor, '0.01'):,}×"


def milliseconds(time: Decimal | None) -> str:
    """A duration: `412 ms`."""
    if time is None:
        return MISSING
    return f"{_rounded(time, '1'):,} ms"


def _rounded(value: Decimal, step: str) -> Decimal:
    """Halves up; what rounds to nothing has no sign."""
    return value.quantize(Decimal(step), rounding=ROUND_HALF_UP) + 0


def value_of(value: Decimal | None, unit: str | None, currency: str | None) -> str:
    """A value of any KPI by its unit: money, share, ms, ratio, else a number as it is."""
    if value is None:
        return MISSING
    if unit == "money":
        return money(value, currency or "")
    if unit == "share":
        return percent(value)
    if unit == "ms":
        return milliseconds(value)
    if unit == "ratio":
        return times(value)
    return f"{value.normalize():,f}" if isinstance(value, Decimal) else f"{value:,}"


def count(number: Decimal | int | None) -> str:
    """A whole number with thousands separated; missing is a dash."""
    if number is None:
        return MISSING
    return f"{_MINUS if number < 0 else ''}{abs(int(number)):,}"


def signed(text: str) -> str:
    """A formatted change with its sign: `+$5.00`, `-$5.00`, and `$0.00` for none."""
    is_zero = not any(digit in text for digit in "123456789")
    return text if text.startswith(_MINUS) or is_zero or text == MISSING else f"+{text}"


def day(moment: date | None) -> str:
    """A day: `5 Nov 2026`."""
    return MISSING if moment is None else f"{moment.day} {moment:%b %Y}"


def month(moment: date | None) -> str:
    """A month: `Nov 2026`."""
    return MISSING if moment is None else f"{moment:%b %Y}"


def quarter(moment: date) -> str:
    """A quarter: `Q4 2026`."""
    return f"Q{(moment.month + 2) // 3} {moment.year}"


def bucket(moment: date, grain: str) -> str:
    """The year, quarter, month, week or day that begins at a day."""
    if grain == "month":
        return month(moment)
    if grain == "quarter":
        return quarter(moment)
    if grain == "year":
        return str(moment.year)
    return f"week of {day(moment)}" if grain == "week" else day(moment)


def days_of(period: Period) -> str:
    """A period by its first and last day: `16 Oct – 14 Nov 2026`."""
    first, last = period.start, period.last_day
    if first == last:
        return day(last)
    start = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{start} – {day(last)}"


def clock(moment: datetime | None) -> str:
    """A UTC time (aware, or without a zone) to the minute: `15 Nov 2026, 12:00 UTC`."""
    return MISSING if moment is None else f"{day(moment)}, {moment:%H:%M} UTC"


def thing_name(name: str) -> str:
    """A feature's, endpoint's, plan's or model's name; placeholders as a person reads them.

    Unlike `series_name` it leaves names of others alone: a feature may be called `churn`.
    """
    return series_name(name) if name.startswith("__") else name


def series_name(key: str) -> str:
    """A series' key as a person reads it. Source text: show it as plain text only."""
    return _NAMED.get(key, key)

"""Values as people read them: unit, currency, period; zero and missing never look alike."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from dashboards.data.measures import OTHER, UNKNOWN
from dashboards.data.periods import Period

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

_NAMED: Final = {
    OTHER: "Other",
    UNKNOWN: "Not said",
    "__no_model__": "No model",
    "__unmapped__": "Unmapped line items",
    "__unattributed__": "Unattributed",
    "__unallocated__": "Unallocated",
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


def days_of(period: Period) -> str:
    """A period by its first and last day: `16 Oct – 14 Nov 2026`."""
    first, last = period.start, period.last_day
    if first == last:
        return day(last)
    start = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{start} – {day(last)}"


def clock(moment: datetime | None) -> str:
    """A UTC time to the minute: `15 Nov 2026, 12:00 UTC`."""
    return MISSING if moment is None else f"{day(moment)}, {moment:%H:%M} UTC"


def series_name(key: str) -> str:
    """A series' key as a person reads it. Source text: show it as plain text only."""
    return _NAMED.get(key, key)

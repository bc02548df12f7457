"""What ChartMogul is told of a customer: the last 30 days, in US dollars, as the build has them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from pipelines.erasure.ledger import is_pseudonym
from pipelines.published.reader import Published

#: Attribute -> its type at ChartMogul.
TYPES: Final = {
    "ai_cost_30d": "Decimal",
    "gross_margin_pct": "Decimal",
    "margin_band": "String",
    "cost_per_request": "Decimal",
    "uvr_build": "String",
}
#: Upper bounds of a margin in percent -> what the band is called.
_BANDS: Final = ((0, "below 0 %"), (20, "0 to 20 %"), (50, "20 to 50 %"), (80, "50 to 80 %"))
_HIGHEST_BAND: Final = "80 % and more"
#: A band of its own, because a text cannot be missing in a segment.
UNKNOWN_BAND: Final = "unknown"

_SQL: Final = """
    select customers.customer_id, dim_customers.native_id, customers.ai_cost_usd_30d,
        customers.margin_rate, customers.llm_calls_30d
    from finance.customers
    left join core.dim_customers using (customer_id)
    where customers.billing_provider is not null
    order by customers.customer_id
"""


@dataclass(frozen=True)
class Told:
    """What is to be told of a customer.

    Attributes:
        customer_id: ours.
        external_id: the billing provider's id, by which ChartMogul knows the customer.
        values: attribute -> text or exact number as text; None where it is not known.
    """

    customer_id: str
    external_id: str
    values: Mapping[str, str | None]

    @property
    def digest(self) -> str:
        """Hash of the values, without the build that they come from."""
        text = json.dumps(dict(self.values), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def told_of(published: Published) -> tuple[list[Told], list[str]]:
    """What there is to tell, and the provider's ids that two of our customers bear."""
    found = []
    for row in published.rows(_SQL):
        external = row["native_id"] or row["customer_id"]
        if not is_pseudonym(external):
            found.append(Told(row["customer_id"], external, values_of(row)))
    counted = Counter(one.external_id for one in found)
    doubled = sorted(text for text, count in counted.items() if count > 1)
    return [one for one in found if counted[one.external_id] == 1], doubled


def values_of(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The attributes of a row of `finance.customers`; what is unknown is None, never zero."""
    cost, rate, calls = row["ai_cost_usd_30d"], row["margin_rate"], row["llm_calls_30d"]
    percent = None if rate is None else rate * 100
    return {
        "ai_cost_30d": _text(cost, 2),
        "gross_margin_pct": _text(percent, 1),
        "margin_band": band_of(percent),
        "cost_per_request": None if cost is None or not calls else _text(cost / calls, 6),
    }


def band_of(percent: Decimal | None) -> str:
    """The band of a margin in percent."""
    if percent is None:
        return UNKNOWN_BAND
    return next((name for bound, name in _BANDS if percent < bound), _HIGHEST_BAND)


def _text(value: Decimal | None, places: int) -> str | None:
    if value is None:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{rounded:f}"

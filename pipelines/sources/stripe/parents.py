"""Whose grants and meters must be asked for one by one: Stripe lists these per parent only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipelines.erasure.ledger import is_pseudonym
from pipelines.sources.stripe.api import StripeObject

Query = Callable[[str], list[dict[str, Any]]]


@dataclass
class Parents:
    """What the warehouse knows of them (`query`), and what this sync has met."""

    query: Query
    _grant_customers: set[str] = field(default_factory=set)
    _meter_of_price: dict[str, str] = field(default_factory=dict)
    _customers_of_prices: set[tuple[str, str]] = field(default_factory=set)

    def note(self, table: str, item: StripeObject) -> None:
        """Remember what an object says of parents."""
        if table == "credit_grants" and (customer := id_of(item.get("customer"))):
            self._grant_customers.add(customer)
        elif table == "prices" and (meter := (item.get("recurring") or {}).get("meter")):
            self._meter_of_price[str(item.get("id"))] = meter
        elif table == "subscriptions" and (customer := id_of(item.get("customer"))):
            for element in (item.get("items") or {}).get("data") or []:
                self._note_price(element.get("price"), customer)

    def _note_price(self, price: Any, customer: str) -> None:
        if isinstance(price, dict) and (price.get("recurring") or {}).get("meter"):
            self._meter_of_price[str(price["id"])] = price["recurring"]["meter"]
        if price_id := id_of(price):
            self._customers_of_prices.add((price_id, customer))

    def with_grants(self) -> list[str]:
        """Customers that ever had a grant of credits, sorted."""
        rows = self.query("select distinct customer from credit_grants")
        known = {row["customer"] for row in rows if row["customer"]}
        return sorted({one for one in known | self._grant_customers if not is_pseudonym(one)})

    def metered(self) -> list[tuple[str, str]]:
        """(meter, customer) wherever a customer subscribes to a price of the meter, sorted."""
        rows = self.query(
            """
            select distinct prices.recurring__meter as meter, subscriptions.customer as customer
            from subscription_items as items
            join subscriptions on subscriptions._version_id = items._version_id
            join prices on prices.id = items.price
            where prices.recurring__meter is not null and subscriptions.customer is not null
            """
        )
        met = {
            (self._meter_of_price[price], customer)
            for price, customer in self._customers_of_prices
            if price in self._meter_of_price
        }
        pairs = {(row["meter"], row["customer"]) for row in rows} | met
        return sorted(pair for pair in pairs if not is_pseudonym(pair[1]))


def id_of(reference: Any) -> str | None:
    """The id of a reference, expanded or not."""
    if isinstance(reference, dict):
        reference = reference.get("id")
    return reference if isinstance(reference, str) else None

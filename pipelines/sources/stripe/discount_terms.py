"""Terms of discounts whose coupon no list shows any more.

A discount keeps the terms it was given with. Its coupon may be deleted, or deleted and made anew
under the same id with other terms; inside the discount, where that is expanded, it lives on. Lists
expand too few levels for the discounts of items and for the products of a coupon, so each such
discount is read once, from what it stands on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipelines.errors import AccessDeniedError, BadRequestError, LoadError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.sources.stripe.api import StripeApi, StripeObject
from pipelines.sources.stripe.endpoints import DISCOUNTS
from pipelines.sources.stripe.state import epoch
from pipelines.sources.stripe.writers import ObjectWriters, discounts_seen

#: One sync reads no more than this; a key that may not read coupons needs every discount.
_MOST_REQUESTS: Final = 500
#: How whole discounts are asked for: four levels, the most that Stripe expands.
_WHOLE: Final = {
    "subscriptions": "discounts.source.coupon.applies_to",
    "subscription_items": "discounts.source.coupon.applies_to",
    "invoices": "discounts.source.coupon.applies_to",
    "customers": "discount.source.coupon.applies_to",
    "lines": "data.discounts.source.coupon",
}


@dataclass
class DiscountTerms:
    """What the lists of a sync say of coupons and discounts, and what is still to be read."""

    _coupons: dict[str, int] = field(default_factory=dict)
    _owners: dict[str, tuple[str, str, Any]] = field(default_factory=dict)
    _on_lines: dict[str, str] = field(default_factory=dict)

    def note(self, table: str, item: StripeObject) -> None:
        """Remember what an object says of coupons, and which discounts stand on it."""
        if table == "coupons" and isinstance(item.get("created"), int):
            first = self._coupons.get(str(item["id"]), item["created"])
            self._coupons[str(item["id"])] = min(first, item["created"])
        elif table in ("subscriptions", "customers", "invoices"):
            self._note_discounts(f"/v1/{table}/{item.get('id')}", table, discounts_seen(item))
        if table == "subscriptions":
            for element in _elements(item.get("items")):
                path = f"/v1/subscription_items/{element.get('id')}?subscription={item.get('id')}"
                self._note_discounts(path, "subscription_items", element.get("discounts") or [])
        if table == "invoices":
            for line in _elements(item.get("lines")):
                for part in line.get("discount_amounts") or []:
                    if isinstance(part.get("discount"), str):
                        path = f"/v1/invoices/{item.get('id')}/lines"
                        self._on_lines.setdefault(part["discount"], path)

    def _note_discounts(self, path: str, kind: str, discounts: list[Any]) -> None:
        for discount in discounts:
            if isinstance(discount, dict) and isinstance(discount.get("id"), str):
                self._owners.setdefault(discount["id"], (path, kind, discount))

    def read(self, api: StripeApi, context: RunContext, writers: ObjectWriters) -> int:
        """Add every discount whose terms no list tells; returns how many."""
        known = writers.of(DISCOUNTS).known
        created = self._coupons_created(context)
        asked: set[str] = set()
        count = 0
        wanted = {
            id_: (path, kind)
            for id_, (path, kind, discount) in self._owners.items()
            if not _is_told(discount, created)
        }
        for id_, path in self._on_lines.items():
            if id_ not in self._owners:
                wanted[id_] = (path, "lines")
        if set(wanted) - set(known):
            for id_ in self._known_elsewhere(context):
                if wanted.get(id_, ("", ""))[1] == "lines":
                    wanted.pop(id_)
        for id_, (path, kind) in wanted.items():
            if id_ in known or path in asked:
                continue
            if len(asked) == _MOST_REQUESTS:
                context.warn(f"discounts: {_MOST_REQUESTS} were read one by one, more next time.")
                break
            asked.add(path)
            try:
                found = list(_whole_discounts(api, path, kind))
            except LoadError as error:  # what everything else says is worth more than these
                context.warn(f"discounts: {error} The next run reads what is left of them.")
                break
            for discount in found:
                if discount["id"] in wanted and discount["id"] not in known:
                    writers.add(DISCOUNTS, discount, context.observed_at, "retrieve")
                    count += 1
        return count

    def _coupons_created(self, context: RunContext) -> dict[str, int]:
        """When each coupon's id was first used, by the warehouse and by this sync."""
        rows = context.query(
            "select id, min(created) as created from coupons where created is not null group by id"
        )
        found = {row["id"]: epoch(row["created"]) for row in rows}
        for id_, created in self._coupons.items():
            found[id_] = min(found.get(id_, created), created)
        return found

    def _known_elsewhere(self, context: RunContext) -> list[str]:
        """Discounts that loads before this one saw on something that tells their coupon."""
        tables = ("subscription", "subscription_item", "customer", "invoice")
        return [
            row["id"]
            for table in tables
            for row in context.query(f"select distinct id from {table}_discounts")
        ]


def _is_told(discount: Mapping[str, Any], created: Mapping[str, int]) -> bool:
    """Whether the list of coupons tells the terms: the coupon is there, and older than this."""
    source = discount.get("source")
    coupon = source.get("coupon") if isinstance(source, dict) else discount.get("coupon")
    coupon_id = coupon.get("id") if isinstance(coupon, dict) else coupon
    start = discount.get("start")
    if not isinstance(coupon_id, str):
        return True
    if coupon_id not in created:
        return False
    return not isinstance(start, int) or created[coupon_id] <= start


def _whole_discounts(api: StripeApi, path: str, kind: str) -> Iterator[StripeObject]:
    """Discounts of an object with their coupons; none where the server does not tell them."""
    path, _, subscription = path.partition("?subscription=")
    asked: list[tuple[str, dict[str, Any]]] = [(path, {"expand[]": [_WHOLE[kind]]})]
    if subscription:  # some servers have items as a list only
        whole_list = {"subscription": subscription, "expand[]": [_WHOLE["lines"]]}
        asked.append((path.rpartition("/")[0], whole_list))
    for address, params in asked:
        try:
            answer = api.answer(address, params)
        except (NotFoundError, AccessDeniedError, BadRequestError):
            continue
        for owner in _elements(answer) if isinstance(answer.get("data"), list) else [answer]:
            for discount in discounts_seen(owner):
                if isinstance(discount, dict) and _has_terms(discount):
                    yield discount
        return


def _has_terms(discount: StripeObject) -> bool:
    source = discount.get("source")
    coupons = (source.get("coupon") if isinstance(source, dict) else None, discount.get("coupon"))
    return any(isinstance(coupon, dict) and coupon.get("duration") for coupon in coupons)


def _elements(nested: Any) -> list[StripeObject]:
    return nested.get("data") or [] if isinstance(nested, dict) else []

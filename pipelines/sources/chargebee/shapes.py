"""Chargebee objects as they count: one shape for both catalogues, one for what is to come.

A site of the older catalogue (1.0) sells plans and addons where the newer one sells item prices. A
plan is an item and its only price; so is an addon, whose id is written `addon:<id>`, since a plan
may bear the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from pipelines.loading.tables import to_json
from pipelines.sources.chargebee.api import ChargebeeObject

#: What changes without a change of the object.
_NO_CONTENT: Final = frozenset({"updated_at", "resource_version", "object"})

#: How an addon of the older catalogue is priced, where it says so by its type alone.
_MODELS_OF_ADDONS: Final = {"on_off": "flat_fee", "quantity": "per_unit"}
_PARTS_OF_PLAN: Final = {
    "quantity": "plan_quantity",
    "quantity_in_decimal": "plan_quantity_in_decimal",
    "unit_price": "plan_unit_price",
    "unit_price_in_decimal": "plan_unit_price_in_decimal",
    "amount": "plan_amount",
    "amount_in_decimal": "plan_amount_in_decimal",
    "free_quantity": "plan_free_quantity",
    "free_quantity_in_decimal": "plan_free_quantity_in_decimal",
}


def content(item: ChargebeeObject) -> ChargebeeObject:
    """An object as it counts; each item of a subscription knows the tiers that are its own."""
    kept = {name: value for name, value in item.items() if name not in _NO_CONTENT}
    if kept.get("tiers"):
        kept["tiers_key"] = _tiers_key(kept["tiers"])
    if kept.get("plan_id") and not kept.get("subscription_items"):
        kept["subscription_items"] = _items_of_plan(kept)
    if "plan_constraint" in kept and not kept.get("item_constraints"):
        kept["item_constraints"] = _constraints(kept)
    tiers = _objects(kept.get("item_tiers"))
    if tiers:
        kept["subscription_items"] = [
            _with_tiers(one, tiers) for one in _objects(kept.get("subscription_items"))
        ]
    return kept


# -- the older catalogue -------------------------------------------------------------------------


def addon_key(addon_id: Any) -> str:
    """An addon's id among those of plans, which may be the same."""
    return f"addon:{addon_id}"


def item_of(kind: str, sold: ChargebeeObject) -> ChargebeeObject:
    """A plan or addon as an item: what is sold. `kind` is `plan` or `addon`."""
    return {
        "id": _key_of(kind, sold),
        "name": sold.get("name"),
        "external_name": sold.get("invoice_name"),
        "description": sold.get("description"),
        "status": sold.get("status"),
        "type": _item_type(kind, sold),
        "unit": sold.get("unit"),
        "metadata": sold.get("meta_data"),
    }


def item_price_of(kind: str, sold: ChargebeeObject) -> ChargebeeObject:
    """A plan or addon as an item price: what it costs. Nothing that it says is left out."""
    model = sold.get("pricing_model") or sold.get("charge_model")
    named = _MODELS_OF_ADDONS.get(str(sold.get("type")), sold.get("type"))
    return content(
        {
            **sold,
            "id": _key_of(kind, sold),
            "item_id": _key_of(kind, sold),
            "item_type": _item_type(kind, sold),
            "pricing_model": model or (named if kind == "addon" else None),
            "metadata": sold.get("meta_data"),
        }
    )


def _key_of(kind: str, sold: ChargebeeObject) -> str:
    return addon_key(sold.get("id")) if kind == "addon" else str(sold.get("id"))


def _item_type(kind: str, sold: ChargebeeObject) -> str:
    return "charge" if sold.get("charge_type") == "non_recurring" else kind


def _items_of_plan(subscription: ChargebeeObject) -> list[ChargebeeObject]:
    plan = {
        name: subscription[path]
        for name, path in _PARTS_OF_PLAN.items()
        if subscription.get(path) is not None
    }
    addons = [
        {**one, "item_price_id": addon_key(one.get("id")), "item_type": "addon"}
        for one in _objects(subscription.get("addons"))
    ]
    return [{"item_price_id": subscription["plan_id"], "item_type": "plan", **plan}, *addons]


def _constraints(coupon: ChargebeeObject) -> list[ChargebeeObject]:
    """What a coupon of the older catalogue is limited to, as the newer one says it."""
    ids = {
        "plan": coupon.get("plan_ids") or [],
        "addon": [addon_key(one) for one in coupon.get("addon_ids") or []],
    }
    return [
        {
            "item_type": kind,
            "constraint": coupon.get(f"{kind}_constraint"),
            "item_price_ids": ids[kind],
        }
        for kind in ids
        if coupon.get(f"{kind}_constraint")
    ]


# -- what is planned -----------------------------------------------------------------------------


def of_ramp(ramp: ChargebeeObject) -> ChargebeeObject:
    """A ramp with all that it changes in two lists."""
    kept = content({name: value for name, value in ramp.items() if name != "item_tiers"})
    tiers = _objects(ramp.get("item_tiers"))
    items = [
        *({"item_price_id": one, "change": "removed"} for one in ramp.get("items_to_remove") or []),
        *_changed(ramp.get("items_to_update"), "updated"),
        *_changed(ramp.get("items_to_add"), "added"),
    ]
    removed = [("coupon_id", one) for one in ramp.get("coupons_to_remove") or []]
    removed += [("id", one) for one in ramp.get("discounts_to_remove") or []]
    return {
        **kept,
        "kind": "ramp",
        "items": [_with_tiers(one, tiers) for one in items],
        "discounts": [
            *({name: value, "change": "removed"} for name, value in removed),
            *_changed(ramp.get("coupons_to_add"), "added"),
            *_changed(ramp.get("discounts_to_add"), "added"),
        ],
    }


def of_renewal(subscription: ChargebeeObject, changed_at: Any) -> ChargebeeObject:
    """The state that a subscription is going to have, with what changes then (Unix seconds)."""
    kept = content(subscription)
    return {
        "id": f"{subscription.get('id')}:renewal",
        "subscription_id": subscription.get("id"),
        "kind": "renewal",
        "status": "scheduled",
        "effective_from": changed_at,
        "items": list(_changed(kept.get("subscription_items"), "kept")),
        "discounts": [
            *_changed(kept.get("coupons"), "kept"),
            *_changed(kept.get("discounts"), "kept"),
        ],
    }


def _changed(objects: Any, change: str) -> Iterator[ChargebeeObject]:
    for one in _objects(objects):
        yield {**one, "change": change}


# -- tiers ---------------------------------------------------------------------------------------


def _with_tiers(item: ChargebeeObject, tiers: list[ChargebeeObject]) -> ChargebeeObject:
    own = [one for one in tiers if one.get("item_price_id") == item.get("item_price_id")]
    return {**item, "tiers": own, "tiers_key": _tiers_key(own)} if own else item


def _tiers_key(tiers: Any) -> str:
    """Short text that is the same for the same tiers, whatever price they belong to."""
    names = [
        *("starting_unit", "ending_unit", "price", "pricing_type", "package_size"),
        *("starting_unit_in_decimal", "ending_unit_in_decimal", "price_in_decimal"),
    ]
    terms = [
        {name: tier[name] for name in names if tier.get(name) is not None}
        for tier in _objects(tiers)
    ]
    return hashlib.sha256(to_json(terms).encode()).hexdigest()[:8]


def _objects(values: Any) -> list[ChargebeeObject]:
    """The objects of a list. Raises TypeError for what is no list."""
    return [one for one in values or () if isinstance(one, dict)]

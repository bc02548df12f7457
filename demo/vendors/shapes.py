"""How stored objects look in Stripe's API, in the version somebody asks for.

Three shapes matter: before `2025-03-31.basil` (periods on the subscription, `line.price`,
`invoice.charge`), from then on, and from `2025-09-30.clover` (a discount's coupon moved into
`source`). Bodies in the store are canonical; nothing here invents a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from demo.vendors.naming import named
from demo.vendors.store import Json, Store, Version

BASIL: Final = "2025-03-31"
CLOVER: Final = "2025-09-30"
#: Embedded lists hold this many; the rest is behind the list's own address.
EMBEDDED: Final = 10


def page(data: Sequence[Json], url: str, *, has_more: bool = False) -> Json:
    """A list object."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def embedded(data: Sequence[Json], url: str) -> Json:
    """An embedded list: cut to its first ten, the rest behind `url`."""
    return page(data[:EMBEDDED], url, has_more=len(data) > EMBEDDED)


def _sub_paths(paths: Iterable[str], head: str) -> frozenset[str]:
    """What is asked to be expanded below `head`."""
    start = f"{head}."
    return frozenset(path[len(start) :] for path in paths if path.startswith(start))


@dataclass
class Renderer:
    """Renders versions as of `clock` in the shape of `version`; one per request."""

    store: Store
    clock: int
    version: str
    livemode: bool = False
    _cache: dict[tuple[str, str], Version | None] = field(default_factory=dict)

    @property
    def is_basil(self) -> bool:
        """Whether objects have the shape since 2025-03-31."""
        return self.version[:10] >= BASIL

    @property
    def is_clover(self) -> bool:
        """Whether a discount names its coupon below `source`."""
        return self.version[:10] >= CLOVER

    def render(self, found: Version, expand: frozenset[str] = frozenset()) -> Json:
        """The API's JSON of a version; an object placed as the vendor shows it stays as it is."""
        if "object" in found.body:
            return found.body
        maker = _MAKERS[found.type]
        body = {"id": found.id, "object": found.type, **maker(self, found, expand)}
        if found.type not in ("balance_transaction", "refund", "subscription_item"):
            body.setdefault("livemode", self.livemode)
        return body

    def deleted(self, found: Version) -> Json:
        """What retrieving a deleted object answers."""
        return {"id": found.id, "object": found.type, "deleted": True}

    def _look_up(self, type_: str, id_: str) -> Version | None:
        key = (type_, id_)
        if key not in self._cache:
            self._cache[key] = self.store.get(type_, id_, self.clock)
        return self._cache[key]

    # ---- catalogue ---------------------------------------------------------------------------

    def product(self, found: Version, _expand: frozenset[str]) -> Json:
        """A product."""
        body = found.body
        return {
            "active": body["active"],
            "created": body["created"],
            "default_price": body.get("default_price"),
            "description": body.get("description"),
            "images": [],
            "marketing_features": [],
            "metadata": body["metadata"],
            "name": body["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "type": "service",
            "unit_label": None,
            "updated": body["updated"],
            "url": None,
        }

    def price(self, found: Version, expand: frozenset[str]) -> Json:
        """A price; tiers and currency options only where they are asked for."""
        body = found.body
        made = {
            "active": body["active"],
            "billing_scheme": body["billing_scheme"],
            "created": body["created"],
            "currency": body["currency"],
            "custom_unit_amount": None,
            "lookup_key": None,
            "metadata": body["metadata"],
            "nickname": body["nickname"],
            "product": body["product"],
            "recurring": self._recurring(body["recurring"]),
            "tax_behavior": body["tax_behavior"],
            "tiers_mode": body["tiers_mode"],
            "transform_quantity": body["transform_quantity"],
            "type": body["type"],
            "unit_amount": body["unit_amount"],
            "unit_amount_decimal": body["unit_amount_decimal"],
        }
        for name in ("tiers", "currency_options"):
            if name in expand and body[name] is not None:
                made[name] = body[name]
        return made

    def _recurring(self, recurring: Json | None) -> Json | None:
        if recurring is None or self.is_basil:
            return recurring
        sums = "sum" if recurring["usage_type"] == "metered" else None
        return {"aggregate_usage": sums, **recurring}

    def plan(self, found: Version, _expand: frozenset[str]) -> Json:
        """The old name of a recurring price."""
        body = found.body
        recurring = body["recurring"]
        return {
            "active": body["active"],
            "amount": body["unit_amount"],
            "amount_decimal": body["unit_amount_decimal"],
            "billing_scheme": body["billing_scheme"],
            "created": body["created"],
            "currency": body["currency"],
            "interval": recurring["interval"],
            "interval_count": recurring["interval_count"],
            "metadata": body["metadata"],
            "meter": recurring["meter"],
            "nickname": body["nickname"],
            "product": body["product"],
            "tiers_mode": body["tiers_mode"],
            "transform_usage": body["transform_quantity"],
            "trial_period_days": None,
            "usage_type": recurring["usage_type"],
        }

    def _price_object(self, id_: str | None) -> Json | None:
        found = None if id_ is None else self._look_up("price", id_)
        if found is None:
            return None
        return {
            "id": found.id,
            "object": "price",
            **self.price(found, frozenset()),
            "livemode": self.livemode,
        }

    def _plan_object(self, id_: str | None) -> Json | None:
        found = None if id_ is None else self._look_up("price", id_)
        if found is None or found.body["recurring"] is None:
            return None
        return {
            "id": found.id,
            "object": "plan",
            **self.plan(found, frozenset()),
            "livemode": self.livemode,
        }

    def coupon(self, found: Version, expand: frozenset[str]) -> Json:
        """A coupon; what it applies to only where asked for."""
        names = (
            "amount_off",
            "created",
            "currency",
            "duration",
            "duration_in_months",
            "name",
            "percent_off",
            "times_redeemed",
            "valid",
        )
        made = {name: found.body[name] for name in names}
        made |= {"max_redemptions": None, "metadata": {}, "redeem_by": None}
        if "applies_to" in expand and found.body["applies_to"] is not None:
            made["applies_to"] = found.body["applies_to"]
        return made

    def _coupon_object(self, id_: str, expand: frozenset[str] = frozenset()) -> Json:
        found = self._look_up("coupon", id_)
        if found is None:
            return {"id": id_, "object": "coupon", "deleted": True}
        # A deleted coupon stays inside the discounts that were made from it.
        return {
            "id": id_,
            "object": "coupon",
            **self.coupon(found, expand),
            "livemode": self.livemode,
        }

    def promotion_code(self, found: Version, _expand: frozenset[str]) -> Json:
        """A promotion code."""
        body = found.body
        made = {
            "active": body["active"],
            "code": body["code"],
            "created": body["created"],
            "customer": None,
            "expires_at": body["expires_at"],
            "max_redemptions": body["max_redemptions"],
            "metadata": {},
            "restrictions": {
                "first_time_transaction": False,
                "minimum_amount": None,
                "minimum_amount_currency": None,
            },
            "times_redeemed": body["times_redeemed"],
        }
        if self.is_clover:
            made["promotion"] = {"type": "coupon", "coupon": body["coupon"]}
        else:
            made["coupon"] = self._coupon_object(body["coupon"])
        return made

    def _discount_object(self, body: Json, expand: frozenset[str] = frozenset()) -> Json:
        made = {
            "id": body["id"],
            "object": "discount",
            "checkout_session": None,
            "customer": body["customer"],
            "end": body["end"],
            "invoice": None,
            "invoice_item": None,
            "promotion_code": body["promotion_code"],
            "start": body["start"],
            "subscription": body["subscription"],
            "subscription_item": body["subscription_item"],
        }
        if not self.is_clover:
            made["coupon"] = self._coupon_object(body["coupon"])
        else:
            wants = "source.coupon" in expand or any(
                path.startswith("source.coupon.") for path in expand
            )
            inside = _sub_paths(expand, "source.coupon")
            coupon = self._coupon_object(body["coupon"], inside) if wants else body["coupon"]
            made["source"] = {"type": "coupon", "coupon": coupon}
        return made

    def discount(self, found: Version, expand: frozenset[str]) -> Json:
        """A discount, as its own events carry it."""
        return self._discount_object(found.body, expand)

    def _discounts(self, bodies: Sequence[Json], expand: frozenset[str]) -> list[Any]:
        """Discounts as ids, or whole where `discounts` is expanded."""
        inside = _sub_paths(expand, "discounts")
        if "discounts" in expand or inside:
            return [self._discount_object(body, inside) for body in bodies]
        return [body["id"] for body in bodies]

    # ---- customers and subscriptions ---------------------------------------------------------

    def customer(self, found: Version, _expand: frozenset[str]) -> Json:
        """A customer."""
        body = found.body
        country = body["country"]
        made: Json = {
            "address": {
                "city": None,
                "country": country,
                "line1": None,
                "line2": None,
                "postal_code": None,
                "state": None,
            },
            "balance": body["balance"],
            "created": body["created"],
            "currency": body["currency"],
            "default_source": None,
            "delinquent": body["delinquent"],
            "description": None,
            "discount": None,
            "email": body["email"],
            "invoice_prefix": found.id[-8:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": body["metadata"],
            "name": body["name"],
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }
        if self.is_basil:
            made["customer_account"] = None
        return made

    def _tax_rates(self, percent: str | None, *, inclusive: bool) -> list[Json]:
        if percent is None:
            return []
        id_ = f"txr_demo_{percent.replace('.', '_')}_{'incl' if inclusive else 'excl'}"
        return [
            {
                "id": named(id_, self.store.setting("account_name", "")),
                "object": "tax_rate",
                "active": True,
                "country": None,
                "created": 0,
                "description": None,
                "display_name": "VAT",
                "inclusive": inclusive,
                "jurisdiction": None,
                "metadata": {},
                "percentage": float(percent),
                "effective_percentage": float(percent),
                "state": None,
                "tax_type": "vat",
                "livemode": self.livemode,
            }
        ]

    def subscription_item(self, body: Json, subscription: str, expand: frozenset[str]) -> Json:
        """An item of a subscription."""
        made = {
            "id": body["id"],
            "object": "subscription_item",
            "billing_thresholds": None,
            "created": body["created"],
            "discounts": self._discounts(body["discounts"], expand),
            "metadata": {},
            "plan": self._plan_object(body["price"]),
            "price": self._price_object(body["price"]),
            "subscription": subscription,
            "tax_rates": [],
        }
        if body["quantity"] is not None:
            made["quantity"] = body["quantity"]
        if self.is_basil:
            made["current_period_start"] = body["current_period_start"]
            made["current_period_end"] = body["current_period_end"]
        return made

    def subscription_items(self, found: Version, expand: frozenset[str]) -> list[Json]:
        """All items of a subscription."""
        return [self.subscription_item(item, found.id, expand) for item in found.body["items"]]

    def _is_inclusive(self, price: str) -> bool:
        found = self._look_up("price", price)
        return found is not None and found.body["tax_behavior"] == "inclusive"

    def subscription(self, found: Version, expand: frozenset[str]) -> Json:
        """A subscription with its items."""
        body = found.body
        items = self.subscription_items(found, _sub_paths(expand, "items.data"))
        inclusive = any(self._is_inclusive(item["price"]) for item in body["items"])
        made = {
            "application": None,
            "application_fee_percent": None,
            "automatic_tax": {"enabled": False, "liability": None},
            "billing_cycle_anchor": body["billing_cycle_anchor"],
            "billing_cycle_anchor_config": None,
            "billing_thresholds": None,
            "cancel_at": body["cancel_at"],
            "cancel_at_period_end": body["cancel_at_period_end"],
            "canceled_at": body["canceled_at"],
            "cancellation_details": body["cancellation_details"],
            "collection_method": body["collection_method"],
            "created": body["created"],
            "currency": body["currency"],
            "customer": body["customer"],
            "days_until_due": body["days_until_due"],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": self._tax_rates(body["tax_percent"], inclusive=inclusive),
            "description": None,
            "discounts": self._discounts(body["discounts"], expand),
            "ended_at": body["ended_at"],
            "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
            "items": embedded(items, f"/v1/subscription_items?subscription={found.id}"),
            "latest_invoice": body["latest_invoice"],
            "metadata": body["metadata"],
            "next_pending_invoice_item_invoice": None,
            "on_behalf_of": None,
            "pause_collection": body["pause_collection"],
            "payment_settings": {
                "payment_method_options": None,
                "payment_method_types": None,
                "save_default_payment_method": "off",
            },
            "pending_invoice_item_interval": None,
            "pending_setup_intent": None,
            "pending_update": None,
            "schedule": body["schedule"],
            "start_date": body["start_date"],
            "status": body["status"],
            "test_clock": None,
            "transfer_data": None,
            "trial_end": body["trial_end"],
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": body["trial_start"],
        }
        if self.is_basil:
            made["billing_mode"] = {"type": "classic"}
            made["customer_account"] = None
            return made
        first = body["items"][0] if body["items"] else None
        made["current_period_start"] = None if first is None else first["current_period_start"]
        made["current_period_end"] = None if first is None else first["current_period_end"]
        made["discount"] = (
            self._discount_object(body["discounts"][0]) if body["discounts"] else None
        )
        single = first if first is not None and len(body["items"]) == 1 else None
        made["plan"] = None if single is None else self._plan_object(single["price"])
        made["quantity"] = None if single is None else single["quantity"]
        return made

    def subscription_schedule(self, found: Version, _expand: frozenset[str]) -> Json:
        """A schedule with its phases."""
        body = found.body
        phases = [
            {
                "add_invoice_items": [],
                "currency": body["currency"],
                "discounts": [],
                "end_date": phase["end_date"],
                "items": [
                    {
                        "discounts": [],
                        "metadata": {},
                        "plan": item["price"],
                        "price": item["price"],
                        "quantity": item["quantity"],
                        "tax_rates": [],
                    }
                    for item in phase["items"]
                ],
                "metadata": {},
                "proration_behavior": "create_prorations",
                "start_date": phase["start_date"],
                "trial_end": None,
            }
            for phase in body["phases"]
        ]
        names = (
            "canceled_at",
            "completed_at",
            "created",
            "current_phase",
            "customer",
            "end_behavior",
            "released_at",
            "released_subscription",
            "status",
            "subscription",
        )
        made = {name: body[name] for name in names}
        return {**made, "application": None, "metadata": {}, "phases": phases, "test_clock": None}

    # ---- invoices ----------------------------------------------------------------------------

    def _line_taxes(self, body: Json, percent: str | None) -> list[Json]:
        rates = {
            behavior: self._tax_rates(percent, inclusive=behavior == "inclusive")
            for behavior in ("inclusive", "exclusive")
        }
        made = []
        for tax in body["taxes"]:
            rate = rates[tax["tax_behavior"]]
            rate_id = rate[0]["id"] if rate else None
            if self.is_basil:
                made.append(
                    {
                        "amount": tax["amount"],
                        "tax_behavior": tax["tax_behavior"],
                        "tax_rate_details": {"tax_rate": rate_id},
                        "taxability_reason": "standard_rated",
                        "taxable_amount": tax["taxable_amount"],
                        "type": "tax_rate_details",
                    }
                )
            else:
                made.append(
                    {
                        "amount": tax["amount"],
                        "inclusive": tax["tax_behavior"] == "inclusive",
                        "tax_rate": rate_id,
                        "taxability_reason": None,
                        "taxable_amount": tax["taxable_amount"],
                    }
                )
        return made

    def line(self, body: Json, invoice: Version) -> Json:
        """A line of an invoice."""
        of_item = body["kind"] == "subscription"
        made: Json = {
            "id": body["id"],
            "object": "line_item",
            "amount": body["amount"],
            "currency": invoice.body["currency"],
            "description": body["description"],
            "discount_amounts": body["discount_amounts"],
            "discountable": body["discountable"],
            "discounts": [],
            "invoice": invoice.id,
            "livemode": self.livemode,
            "metadata": {},
            "period": body["period"],
            "pretax_credit_amounts": [
                {
                    "amount": credit["amount"],
                    "credit_balance_transaction": credit["credit_balance_transaction"],
                    "type": "credit_balance_transaction",
                }
                for credit in body["pretax_credit_amounts"]
            ],
            "quantity": body["quantity"],
            "subscription": body["subscription"],
        }
        taxes = self._line_taxes(body, invoice.body["tax_percent"])
        if not self.is_basil:
            return {
                **made,
                "amount_excluding_tax": body["amount"]
                - sum(t["amount"] for t in body["taxes"] if t["tax_behavior"] == "inclusive"),
                "invoice_item": body["invoice_item"],
                "plan": self._plan_object(body["price"]),
                "price": self._price_object(body["price"]),
                "proration": body["proration"],
                "proration_details": {"credited_items": None},
                "subscription_item": body["subscription_item"],
                "tax_amounts": taxes,
                "tax_rates": [],
                "type": body["kind"],
                "unit_amount_excluding_tax": body["unit_amount_decimal"],
            }
        made["subtotal"] = body["amount"]
        made["taxes"] = taxes
        made["pricing"] = self._pricing(body)
        details = {
            "invoice_item": body["invoice_item"],
            "proration": body["proration"],
            "proration_details": {"credited_items": None},
            "subscription": body["subscription"],
        }
        if of_item or body["subscription_item"] is not None:
            made["parent"] = {
                "invoice_item_details": None,
                "subscription_item_details": {
                    **details,
                    "subscription_item": body["subscription_item"],
                },
                "type": "subscription_item_details",
            }
        else:
            made["parent"] = {
                "invoice_item_details": details,
                "subscription_item_details": None,
                "type": "invoice_item_details",
            }
        return made

    def _pricing(self, body: Json) -> Json | None:
        if body["price"] is None:
            return {"type": "price_details", "unit_amount_decimal": body["unit_amount_decimal"]}
        return {
            "price_details": {"price": body["price"], "product": body["product"]},
            "type": "price_details",
            "unit_amount_decimal": body["unit_amount_decimal"],
        }

    def lines(self, found: Version) -> list[Json]:
        """All lines of an invoice; those of one placed as the vendor shows it stay as they are."""
        if "object" in found.body:
            return list(found.body["lines"]["data"])
        return [self.line(line, found) for line in found.body["lines"]]

    def invoice(self, found: Version, expand: frozenset[str]) -> Json:
        """An invoice with its first lines."""
        body = found.body
        paid = body["amount_paid"]
        remaining = body["amount_due"] - paid
        transitions = dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        )
        taxes = [tax for line in body["lines"] for tax in line["taxes"]]
        tax = sum(t["amount"] for t in taxes)
        inclusive = sum(t["amount"] for t in taxes if t["tax_behavior"] == "inclusive")
        exclusive = tax - inclusive
        credits_ = sum(c["amount"] for line in body["lines"] for c in line["pretax_credit_amounts"])
        status = body["status"]
        made: Json = {
            "account_country": "US",
            "account_name": "Demo company",
            "account_tax_ids": None,
            "amount_due": body["amount_due"],
            "amount_paid": paid,
            "amount_remaining": remaining,
            "amount_shipping": 0,
            "application": None,
            "attempt_count": body["attempt_count"],
            "attempted": body["attempt_count"] > 0 or status == "paid",
            "auto_advance": False,
            "automatic_tax": {"enabled": False, "liability": None, "status": None},
            "billing_reason": body["billing_reason"],
            "collection_method": body["collection_method"],
            "created": body["created"],
            "currency": body["currency"],
            "custom_fields": None,
            "customer": body["customer"],
            "customer_email": None,
            "customer_name": None,
            "default_payment_method": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": self._discounts(body["discounts"], expand),
            "due_date": body["due_date"],
            "effective_at": body["status_transitions"].get("finalized_at"),
            "ending_balance": None if status == "draft" else body["ending_balance"],
            "footer": None,
            "from_invoice": None,
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "lines": embedded(self.lines(found), f"/v1/invoices/{found.id}/lines"),
            "metadata": {},
            "next_payment_attempt": None,
            "number": None if status == "draft" else body["number"],
            "on_behalf_of": None,
            "period_end": body["period_end"],
            "period_start": body["period_start"],
            "post_payment_credit_notes_amount": body["credit_notes"],
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "starting_balance": body["starting_balance"],
            "statement_descriptor": None,
            "status": status,
            "status_transitions": transitions | body["status_transitions"],
            "subtotal": body["subtotal"],
            "subtotal_excluding_tax": body["subtotal"] - inclusive,
            "test_clock": None,
            "total": body["total"],
            "total_discount_amounts": _summed_discounts(body["lines"]),
            "total_excluding_tax": body["total"] - tax,
            "total_pretax_credit_amounts": [
                {"amount": credits_, "type": "credit_balance_transaction"}
            ]
            if credits_
            else [],
            "webhooks_delivered_at": body["created"],
        }
        line_taxes = [
            t for line in body["lines"] for t in self._line_taxes(line, body["tax_percent"])
        ]
        if self.is_basil:
            made["customer_account"] = None
            made["amount_overpaid"] = 0
            made["total_taxes"] = _summed_taxes(line_taxes, "tax_behavior")
            subscription = body["subscription"]
            made["parent"] = (
                None
                if subscription is None
                else {
                    "quote_details": None,
                    "subscription_details": {"metadata": {}, "subscription": subscription},
                    "type": "subscription_details",
                }
            )
            return made
        charge = body["charge"]
        intent = None if charge is None else self._payment_intent(charge)
        return {
            **made,
            "charge": charge,
            "discount": self._discount_object(body["discounts"][0]) if body["discounts"] else None,
            "paid": status == "paid",
            "paid_out_of_band": False,
            "payment_intent": intent,
            "quote": None,
            "subscription": body["subscription"],
            "subscription_details": {"metadata": {}},
            "tax": exclusive + inclusive if taxes else None,
            "total_tax_amounts": _summed_taxes(line_taxes, "inclusive"),
        }

    def _payment_intent(self, charge: str) -> str | None:
        found = self._look_up("charge", charge)
        return None if found is None else str(found.body["payment_intent"])

    def invoiceitem(self, found: Version, _expand: frozenset[str]) -> Json:
        """An invoice item: what waits for an invoice, or went into one."""
        body = found.body
        made: Json = {
            "amount": body["amount"],
            "currency": body["currency"],
            "customer": body["customer"],
            "date": body["created"],
            "description": body["description"],
            "discountable": body["discountable"],
            "discounts": [],
            "invoice": body["invoice"],
            "metadata": {},
            "period": body["period"],
            "proration": body["proration"],
            "quantity": body["quantity"],
            "tax_rates": [],
            "test_clock": None,
        }
        if self.is_basil:
            subscription = body["subscription"]
            made["parent"] = (
                None
                if subscription is None
                else {
                    "subscription_details": {
                        "subscription": subscription,
                        "subscription_item": body["subscription_item"],
                    },
                    "type": "subscription_details",
                }
            )
            made["pricing"] = self._pricing(body)
            made["net_amount"] = body["amount"]
            return made
        price = self._price_object(body["price"])
        return {
            **made,
            "plan": self._plan_object(body["price"]),
            "price": price,
            "subscription": body["subscription"],
            "subscription_item": body["subscription_item"],
            "unit_amount": body["amount"] // (body["quantity"] or 1),
            "unit_amount_decimal": body["unit_amount_decimal"],
        }

    def invoice_payment(self, found: Version, _expand: frozenset[str]) -> Json:
        """A payment of an invoice (newer shape only)."""
        body = found.body
        return {
            "amount_paid": body["amount_paid"],
            "amount_requested": body["amount_requested"],
            "created": body["created"],
            "currency": body["currency"],
            "invoice": body["invoice"],
            "is_default": True,
            "payment": {"payment_intent": body["payment_intent"], "type": "payment_intent"},
            "status": body["status"],
            "status_transitions": {"canceled_at": None, "paid_at": body["paid_at"]},
        }

    # ---- money -------------------------------------------------------------------------------

    def charge(self, found: Version, _expand: frozenset[str]) -> Json:
        """A charge; its refunds are listed in the older shape."""
        body = found.body
        names = (
            "amount",
            "amount_captured",
            "amount_refunded",
            "balance_transaction",
            "created",
            "currency",
            "customer",
            "description",
            "disputed",
            "failure_code",
            "paid",
            "payment_intent",
            "refunded",
            "status",
        )
        made = {name: body[name] for name in names}
        made |= {
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "billing_details": {"address": None, "email": None, "name": None, "phone": None},
            "captured": body["paid"],
            "failure_balance_transaction": None,
            "failure_message": None if body["paid"] else "Your card was declined.",
            "metadata": {},
            "outcome": None,
            "payment_method": None,
            "payment_method_details": {"card": {"brand": "visa", "country": "US"}, "type": "card"},
            "receipt_email": None,
            "receipt_url": None,
        }
        if not self.is_basil:
            refunds = [
                self.render(refund)
                for id_ in reversed(body["refunds"])
                if (refund := self._look_up("refund", id_)) is not None
            ]
            made["invoice"] = body["invoice"]
            made["refunds"] = embedded(refunds, f"/v1/charges/{body['id']}/refunds")
        return made

    def balance_transaction(self, found: Version, _expand: frozenset[str]) -> Json:
        """A movement of the balance: pending, then available."""
        body = found.body
        kind = body["type"]
        fees = [
            {
                "amount": body["fee"],
                "application": None,
                "currency": body["currency"],
                "description": "Processing fees",
                "type": "stripe_fee",
            }
        ]
        return {
            "amount": body["amount"],
            "available_on": body["available_on"],
            "balance_type": "payments",
            "created": body["created"],
            "currency": body["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": body["fee"],
            "fee_details": fees if body["fee"] else [],
            "net": body["net"],
            "reporting_category": _reporting_category(kind, body["amount"]),
            "source": body["source"],
            "status": body["status"],
            "type": kind,
        }

    def refund(self, found: Version, _expand: frozenset[str]) -> Json:
        """A refund."""
        names = (
            "amount",
            "balance_transaction",
            "charge",
            "created",
            "currency",
            "payment_intent",
            "reason",
            "status",
        )
        made = {name: found.body[name] for name in names}
        return {
            **made,
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": {},
            "receipt_number": None,
            "source_transfer_reversal": None,
            "transfer_reversal": None,
        }

    def dispute(self, found: Version, _expand: frozenset[str]) -> Json:
        """A dispute with the movements it caused."""
        body = found.body
        names = ("amount", "charge", "created", "currency", "payment_intent", "reason", "status")
        moved = [self._look_up("balance_transaction", i) for i in body["balance_transactions"]]
        return {
            **{name: body[name] for name in names},
            "balance_transactions": [self.render(found) for found in moved if found is not None],
            "evidence": {},
            "evidence_details": {
                "due_by": None,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "metadata": {},
        }

    def credit_note_line(self, body: Json) -> Json:
        """A line of a credit note."""
        taxes = (
            []
            if body["tax"] == 0
            else [
                {
                    "amount": body["tax"],
                    "tax_behavior": "inclusive" if body["inclusive"] else "exclusive",
                    "type": "tax_rate_details",
                }
            ]
        )
        made = {
            "id": body["id"],
            "object": "credit_note_line_item",
            "amount": body["amount"],
            "description": body["description"],
            "discount_amount": body["discount_amount"],
            "discount_amounts": [],
            "invoice_line_item": body["invoice_line_item"],
            "livemode": self.livemode,
            "pretax_credit_amounts": [],
            "quantity": body["quantity"],
            "tax_rates": [],
            "type": "invoice_line_item",
            "unit_amount": None,
            "unit_amount_decimal": None,
        }
        if self.is_basil:
            return {**made, "taxes": taxes}
        old = [
            {"amount": t["amount"], "inclusive": t["tax_behavior"] == "inclusive"} for t in taxes
        ]
        return {**made, "tax_amounts": old}

    def credit_note(self, found: Version, _expand: frozenset[str]) -> Json:
        """A credit note with its first lines."""
        body = found.body
        lines = [self.credit_note_line(line) for line in body["lines"]]
        names = (
            "amount",
            "created",
            "currency",
            "customer",
            "discount_amount",
            "invoice",
            "number",
            "reason",
            "status",
            "subtotal",
            "total",
        )
        tax = sum(line["tax"] for line in body["lines"])
        made = {name: body[name] for name in names} | {
            "amount_shipping": 0,
            "customer_balance_transaction": None,
            "discount_amounts": [],
            "effective_at": body["created"],
            "lines": embedded(lines, f"/v1/credit_notes/{found.id}/lines"),
            "memo": None,
            "metadata": {},
            "out_of_band_amount": None,
            "pdf": None,
            "pretax_credit_amounts": [],
            "shipping_cost": None,
            "subtotal_excluding_tax": body["subtotal"]
            - sum(line["tax"] for line in body["lines"] if line["inclusive"]),
            "total_excluding_tax": body["total"] - tax,
            "type": "post_payment",
            "voided_at": None,
        }
        refund = body["refund"]
        if self.is_basil:
            made["refunds"] = (
                [] if refund is None else [{"amount_refunded": body["amount"], "refund": refund}]
            )
            made["post_payment_amount"] = body["amount"]
            made["pre_payment_amount"] = 0
            return made
        return {**made, "refund": refund}

    # ---- credits, meters, entitlements -------------------------------------------------------

    def credit_grant(self, found: Version, _expand: frozenset[str]) -> Json:
        """A credit grant."""
        body = found.body
        names = (
            "category",
            "created",
            "customer",
            "effective_at",
            "expires_at",
            "name",
            "updated",
        )
        return {
            **{name: body[name] for name in names},
            "amount": _monetary(body["currency"], body["amount"]),
            "applicability_config": {"scope": {"price_type": "metered"}},
            "metadata": {},
            "priority": 50,
            "test_clock": None,
            "voided_at": None,
        }

    def credit_balance_transaction(self, found: Version, _expand: frozenset[str]) -> Json:
        """A movement of a customer's credit balance."""
        body = found.body
        amount = _monetary(body["currency"], body["amount"])
        applied = (
            None
            if body["invoice_line_item"] is None
            else {"invoice": body["invoice"], "invoice_line_item": body["invoice_line_item"]}
        )
        credit = debit = None
        if body["type"] == "credit":
            credit = {
                "amount": amount,
                "credits_application_invoice_voided": None,
                "type": body["kind"],
            }
        else:
            debit = {"amount": amount, "credits_applied": applied, "type": body["kind"]}
        return {
            "created": body["created"],
            "credit": credit,
            "credit_grant": body["credit_grant"],
            "debit": debit,
            "effective_at": body["effective_at"],
            "test_clock": None,
            "type": body["type"],
        }

    def meter(self, found: Version, _expand: frozenset[str]) -> Json:
        """A meter."""
        body = found.body
        return {
            "created": body["created"],
            "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
            "default_aggregation": {"formula": "sum"},
            "display_name": body["display_name"],
            "event_name": body["event_name"],
            "event_time_window": None,
            "status": "active",
            "status_transitions": {"deactivated_at": None},
            "updated": body["created"],
            "value_settings": {"event_payload_key": "value"},
        }

    def feature(self, found: Version, _expand: frozenset[str]) -> Json:
        """An entitlement feature."""
        body = found.body
        return {
            "active": body["active"],
            "lookup_key": body["lookup_key"],
            "metadata": {},
            "name": body["name"],
        }

    def as_given(self, found: Version, _expand: frozenset[str]) -> Json:
        """An object that was stored just as the vendor shows it."""
        return found.body


def _reporting_category(kind: str, amount: int) -> str:
    """As Stripe says it: a dispute's money comes back under a category of its own."""
    if kind == "adjustment":
        return "dispute" if amount < 0 else "dispute_reversal"
    return kind


def _monetary(currency: str, value: int) -> Json:
    return {"monetary": {"currency": currency, "value": value}, "type": "monetary"}


def _summed_discounts(lines: Sequence[Json]) -> list[Json]:
    totals: dict[str, int] = {}
    for line in lines:
        for part in line["discount_amounts"]:
            totals[part["discount"]] = totals.get(part["discount"], 0) + part["amount"]
    return [{"amount": amount, "discount": id_} for id_, amount in totals.items()]


def _summed_taxes(taxes: Sequence[Json], key: str) -> list[Json]:
    """Taxes of all lines, one row per kind, with the fields of the first."""
    totals: dict[Any, Json] = {}
    for tax in taxes:
        kind = tax[key]
        if kind in totals:
            totals[kind]["amount"] += tax["amount"]
            totals[kind]["taxable_amount"] += tax["taxable_amount"]
        else:
            totals[kind] = dict(tax)
    return list(totals.values())


_Maker = Callable[[Renderer, Version, frozenset[str]], Json]

_MAKERS: Final[Mapping[str, _Maker]] = {
    "account": Renderer.as_given,
    "balance_transaction": Renderer.balance_transaction,
    "billing.credit_balance_transaction": Renderer.credit_balance_transaction,
    "billing.credit_grant": Renderer.credit_grant,
    "billing.meter": Renderer.meter,
    "charge": Renderer.charge,
    "coupon": Renderer.coupon,
    "credit_note": Renderer.credit_note,
    "customer": Renderer.customer,
    "discount": Renderer.discount,
    "dispute": Renderer.dispute,
    "entitlements.feature": Renderer.feature,
    "invoice": Renderer.invoice,
    "invoice_payment": Renderer.invoice_payment,
    "invoiceitem": Renderer.invoiceitem,
    "plan": Renderer.plan,
    "price": Renderer.price,
    "product": Renderer.product,
    "promotion_code": Renderer.promotion_code,
    "refund": Renderer.refund,
    "subscription": Renderer.subscription,
    "subscription_schedule": Renderer.subscription_schedule,
}

"""The front desk: one customer's agenda, record, invoices as shown, payments and credits.

What the subscriptions make of it is in `billing.py`. Every deed writes object versions and events
into the store, and money into the simulator's own cash book. Amounts are integer minor units.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count
from typing import Any, Final

from demo.company.accounts import CustomerAccount, Dispute, Grant, InvoiceFate, Refund
from demo.company.catalogue import exponent, half_up
from demo.company.invoice_lines import Line
from demo.company.lives import SubscriptionLife, make_id
from demo.timeline import DAY
from demo.vendors.store import Json, StoreWriter

#: Charges are available for payout two days later.
SETTLING_TIME: Final = 2 * DAY
#: Card fee: 2.9 % and 0.30 per charge.
FEE_RATE: Final = Fraction(29, 1000)
DISPUTE_FEE: Final = 1_500


@dataclass
class Invoice:
    """An invoice while it lives."""

    body: Json
    life: SubscriptionLife | None
    lines: list[Line]
    due: int
    is_positive: bool
    status: str = "draft"
    charge: Json | None = None
    fate: InvoiceFate | None = None


class CustomerDesk:
    """One customer: agenda, ids, record, balance, money."""

    def __init__(self, store: StoreWriter, account: CustomerAccount, horizon: int) -> None:
        self._store = store
        self._account = account
        self._horizon = horizon
        self._agenda: list[tuple[int, int, int, Callable[[], None]]] = []
        self._order = count()
        self._ids = count(1)
        self._balance = 0
        self._credit_left: list[list[Any]] = []
        self._now = account.created
        self._customer_body: Json = {}

    # ---- agenda ------------------------------------------------------------------------------

    def _plan(self, at: int, rank: int, deed: Callable[[], None]) -> None:
        if at < self._horizon:
            heapq.heappush(self._agenda, (at, rank, next(self._order), deed))

    def _run_agenda(self) -> None:
        """Do everything planned, in time order; deeds may plan more."""
        while self._agenda:
            self._now, _, _, deed = heapq.heappop(self._agenda)
            deed()

    def _id(self, prefix: str) -> str:
        return make_id(prefix, self._account.id, next(self._ids))

    # ---- the customer ------------------------------------------------------------------------

    def _create_customer(self) -> None:
        account = self._account
        self._customer_body = {
            "id": account.id,
            "created": account.created,
            "name": account.name,
            "email": account.email,
            "currency": account.currency,
            "balance": 0,
            "delinquent": False,
            "metadata": account.metadata,
            "country": account.country,
        }
        self._store.put("customer", self._customer_body, account.created, "customer.created")

    def _update_customer(self, **changes: Any) -> None:
        self._customer_body = {**self._customer_body, **changes}
        self._store.put("customer", self._customer_body, self._now, "customer.updated")

    def _delete_customer(self) -> None:
        self._store.put(
            "customer", self._customer_body, self._now, "customer.deleted", deleted=True
        )

    # ---- invoices ----------------------------------------------------------------------------

    def _show_invoice(self, invoice: Invoice, status: str, *events: str) -> None:
        before = invoice.status
        invoice.status = status
        body = dict(invoice.body)
        at = body.setdefault("status_transitions", {})
        at = dict(at)
        if status != "draft" and at.get("finalized_at") is None:
            at["finalized_at"] = self._now
            if status != "void":
                self._book_invoice(invoice, 1, "invoiced")
        for name, key in (
            ("paid", "paid_at"),
            ("void", "voided_at"),
            ("uncollectible", "marked_uncollectible_at"),
        ):
            if status == name and at.get(key) is None:
                at[key] = self._now
        if status == "void" and before in ("open", "uncollectible"):
            self._book_invoice(invoice, -1, "invoice_voided")
        body["status_transitions"] = at
        body["status"] = status
        body["amount_paid"] = body["amount_due"] if status == "paid" else 0
        invoice.body = body
        subscription = body["subscription"]
        self._store.put(
            "invoice",
            body,
            self._now,
            *events,
            customer=body["customer"],
            parent=subscription,
        )

    def _book_invoice(self, invoice: Invoice, sign: int, kind: str) -> None:
        body = invoice.body
        net = 0
        for line in invoice.lines:
            inclusive = line.price is not None and line.price.tax_behavior == "inclusive"
            net += line.after_discounts - (line.tax if inclusive else 0)
        book = self._store.book
        customer, currency, id_ = body["customer"], body["currency"], body["id"]
        book(self._now, kind, customer, currency, sign * body["total"], id_)
        book(self._now, f"{kind}_net", customer, currency, sign * net, id_)

    def _use_balance(self, invoice: Invoice) -> None:
        body = invoice.body
        change = body["ending_balance"] - body["starting_balance"]
        if change == 0:
            return
        self._balance += change
        if change > 0:
            self._store.book(
                self._now,
                "balance_applied",
                body["customer"],
                body["currency"],
                change,
                body["id"],
            )
        self._update_customer(balance=self._balance)

    # ---- payments ----------------------------------------------------------------------------

    def _charge_body(self, invoice: Invoice, status: str) -> Json:
        body = invoice.body
        paid = status == "succeeded"
        return {
            "id": self._id("ch"),
            "created": self._now,
            "amount": body["amount_due"],
            "amount_captured": body["amount_due"] if paid else 0,
            "amount_refunded": 0,
            "currency": body["currency"],
            "customer": body["customer"],
            "invoice": body["id"],
            "payment_intent": self._id("pi"),
            "paid": paid,
            "refunded": False,
            "disputed": False,
            "status": status,
            "failure_code": None if paid else "card_declined",
            "balance_transaction": None,
            "refunds": [],
            "description": "Subscription update" if body["subscription"] else "Payment for invoice",
        }

    def _put_charge(self, charge: Json, *events: str) -> None:
        self._store.put(
            "charge",
            charge,
            self._now,
            *events,
            customer=charge["customer"],
            parent=charge["payment_intent"],
        )

    def _take_payment(self, invoice: Invoice) -> None:
        """Charge what is due, and note it in the cash book."""
        body = invoice.body
        charge = self._charge_body(invoice, "succeeded")
        fee = half_up(body["amount_due"] * FEE_RATE) + _fixed_fee(body["currency"])
        charge["balance_transaction"] = self._money(
            "charge", charge["id"], body["amount_due"], fee, body["currency"]
        )
        self._put_charge(charge, "charge.succeeded")
        invoice.charge = charge
        invoice.body = {
            **body,
            "charge": charge["id"],
            "attempt_count": body["attempt_count"] + 1,
        }
        self._show_payment(invoice, charge)
        book = self._store.book
        book(
            self._now,
            "cash",
            body["customer"],
            body["currency"],
            body["amount_due"],
            body["id"],
        )
        book(self._now, "fee", body["customer"], body["currency"], fee, charge["id"])
        if invoice.life is None and any(
            line.price is not None and not line.price.is_recurring for line in invoice.lines
        ):
            net = sum(line.after_discounts for line in invoice.lines)
            book(
                self._now,
                "one_off",
                body["customer"],
                body["currency"],
                net,
                body["id"],
            )

    def _show_payment(self, invoice: Invoice, charge: Json) -> None:
        body = {
            "id": self._id("inpay"),
            "created": self._now,
            "invoice": invoice.body["id"],
            "amount_requested": charge["amount"],
            "amount_paid": charge["amount"],
            "currency": charge["currency"],
            "status": "paid",
            "payment_intent": charge["payment_intent"],
            "paid_at": self._now,
        }
        self._store.put(
            "invoice_payment",
            body,
            self._now,
            "invoice_payment.paid",
            customer=charge["customer"],
            parent=invoice.body["id"],
        )

    def _money(self, kind: str, source: str, amount: int, fee: int, currency: str) -> str:
        """A movement of the account's balance: pending at first, available two days later."""
        id_ = self._id("txn")
        body = {
            "id": id_,
            "created": self._now,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": currency,
            "type": kind,
            "source": source,
            "available_on": self._now + SETTLING_TIME,
            "status": "pending",
        }
        self._store.put("balance_transaction", body, self._now, parent=source)
        settled = {**body, "status": "available"}
        at = self._now + SETTLING_TIME
        self._plan(at, 7, lambda: self._store.put("balance_transaction", settled, at))
        return id_

    def _plan_fate(self, invoice: Invoice, fate: InvoiceFate) -> None:
        now = self._now
        if fate.refund is not None:
            refund = fate.refund
            self._plan(now + refund.after, 3, lambda: self._refund(invoice, refund))
        if fate.dispute is not None:
            dispute = fate.dispute
            self._plan(now + dispute.opened_after, 3, lambda: self._dispute(invoice, dispute))
        if fate.credit_note_share is not None:
            share = fate.credit_note_share
            self._plan(now + DAY, 3, lambda: self._credit_note(invoice, share, None))

    def _refund(self, invoice: Invoice, refund: Refund) -> None:
        charge = dict(invoice.charge or {})
        amount = half_up(charge["amount"] * refund.share)
        id_ = self._id("re")
        body = {
            "id": id_,
            "created": self._now,
            "amount": amount,
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "reason": "requested_by_customer",
            "status": "succeeded",
            "balance_transaction": self._money("refund", id_, -amount, 0, charge["currency"]),
        }
        self._store.put(
            "refund",
            body,
            self._now,
            "refund.created",
            customer=charge["customer"],
            parent=charge["id"],
        )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        charge["refunds"] = [*charge["refunds"], id_]
        self._put_charge(charge, "charge.refunded")
        invoice.charge = charge
        self._store.book(self._now, "refund", charge["customer"], charge["currency"], amount, id_)
        if refund.with_credit_note:
            self._credit_note(invoice, refund.share, id_)

    def _credit_note(self, invoice: Invoice, share: Fraction, refund: str | None) -> None:
        """Credit a share of each line; what is not refunded goes to the balance."""
        body, id_ = invoice.body, self._id("cn")
        lines: list[Json] = []
        for line in invoice.lines:
            if line.amount <= 0:
                continue
            lines.append(
                {
                    "id": self._id("cnli"),
                    "amount": half_up(line.amount * share),
                    "discount_amount": half_up(sum(off for _, off in line.discounts) * share),
                    "tax": half_up(line.tax * share),
                    "inclusive": line.price is not None and line.price.tax_behavior == "inclusive",
                    "invoice_line_item": line.id,
                    "description": line.description,
                    "quantity": line.quantity,
                }
            )
        subtotal = sum(line["amount"] for line in lines)
        discount = sum(line["discount_amount"] for line in lines)
        tax = sum(line["tax"] for line in lines if not line["inclusive"])
        total = subtotal - discount + tax
        note = {
            "id": id_,
            "created": self._now,
            "number": f"{body['number']}-CN-01",
            "currency": body["currency"],
            "customer": body["customer"],
            "invoice": body["id"],
            "lines": lines,
            "subtotal": subtotal,
            "discount_amount": discount,
            "total": total,
            "amount": total,
            "reason": "order_change",
            "refund": refund,
            "status": "issued",
        }
        self._store.put(
            "credit_note",
            note,
            self._now,
            "credit_note.created",
            customer=body["customer"],
            parent=body["id"],
        )
        self._store.book(self._now, "credit_note", body["customer"], body["currency"], total, id_)
        invoice.body = {**body, "credit_notes": body["credit_notes"] + total}
        self._show_invoice(invoice, invoice.status, "invoice.updated")
        if refund is None:
            self._balance -= total
            self._update_customer(balance=self._balance)

    def _dispute(self, invoice: Invoice, dispute: Dispute) -> None:
        charge = dict(invoice.charge or {})
        id_ = self._id("dp")
        amount, currency = charge["amount"], charge["currency"]
        fee = DISPUTE_FEE if currency == "usd" else half_up(amount * FEE_RATE)
        body: Json = {
            "id": id_,
            "created": self._now,
            "amount": amount,
            "currency": currency,
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "reason": "fraudulent",
            "status": "needs_response",
            "balance_transactions": [self._money("adjustment", id_, -amount, fee, currency)],
        }
        customer = charge["customer"]
        self._store.put(
            "dispute",
            body,
            self._now,
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            customer=customer,
            parent=charge["id"],
        )
        charge["disputed"] = True
        self._put_charge(charge, "charge.updated")
        invoice.charge = charge
        self._store.book(self._now, "dispute", customer, currency, amount, id_)
        self._store.book(self._now, "dispute_fee", customer, currency, fee, id_)
        if dispute.closed_after is not None:
            self._plan(
                self._now + dispute.closed_after - dispute.opened_after,
                3,
                lambda: self._close_dispute(body, customer, bool(dispute.won)),
            )

    def _close_dispute(self, opened: Json, customer: str, won: bool) -> None:
        body = {**opened, "status": "won" if won else "lost"}
        events = ["charge.dispute.closed"]
        if won:
            amount, currency = body["amount"], body["currency"]
            back = self._money("adjustment", body["id"], amount, 0, currency)
            body["balance_transactions"] = [*body["balance_transactions"], back]
            self._store.book(self._now, "dispute_won", customer, currency, amount, body["id"])
            events.append("charge.dispute.funds_reinstated")
        self._store.put("dispute", body, self._now, *events)

    # ---- credits -----------------------------------------------------------------------------

    def _grant(self, grant: Grant) -> None:
        id_ = self._id("credgr")
        currency = self._account.currency
        body = {
            "id": id_,
            "created": self._now,
            "updated": self._now,
            "customer": self._account.id,
            "amount": grant.amount,
            "currency": currency,
            "category": grant.category,
            "name": grant.name,
            "effective_at": self._now,
            "expires_at": grant.expires_at,
        }
        self._store.put(
            "billing.credit_grant",
            body,
            self._now,
            "billing.credit_grant.created",
            customer=self._account.id,
        )
        self._credit_transaction(id_, "credit", "credits_granted", grant.amount, None, None)
        self._store.book(
            self._now,
            f"credit_granted_{grant.category}",
            self._account.id,
            currency,
            grant.amount,
            id_,
        )
        self._credit_left.append([id_, grant.amount])
        for at, amount in grant.applied:
            self._plan(at, 3, partial(self._use_credit, id_, amount))

    def _apply_credits(self, lines: list[Line], invoice: str) -> None:
        """Billing credits pay for usage lines, oldest grant first."""
        for line in lines:
            if line.price is None or not line.price.is_metered:
                continue
            due = line.after_discounts
            for grant in self._credit_left:
                take = min(due, grant[1])
                if take > 0:
                    grant[1] -= take
                    due -= take
                    line.credits.append((self._debit_credit(grant[0], take, invoice, line), take))

    def _use_credit(self, grant: str, amount: int) -> None:
        for held in self._credit_left:
            if held[0] == grant:
                held[1] -= amount
        self._credit_transaction(grant, "debit", "credits_applied", amount, None, None)
        self._store.book(
            self._now, "credit_applied", self._account.id, self._account.currency, amount, grant
        )

    def _debit_credit(self, grant: str, amount: int, invoice: str, line: Line) -> str:
        self._store.book(
            self._now, "credit_applied", self._account.id, self._account.currency, amount, grant
        )
        return self._credit_transaction(grant, "debit", "credits_applied", amount, invoice, line.id)

    def _credit_transaction(
        self,
        grant: str,
        side: str,
        kind: str,
        amount: int,
        invoice: str | None,
        line: str | None,
    ) -> str:
        id_ = self._id("cbtxn")
        body = {
            "id": id_,
            "created": self._now,
            "effective_at": self._now,
            "credit_grant": grant,
            "type": side,
            "kind": kind,
            "amount": amount,
            "currency": self._account.currency,
            "invoice": invoice,
            "invoice_line_item": line,
        }
        self._store.put(
            "billing.credit_balance_transaction",
            body,
            self._now,
            "billing.credit_balance_transaction.created",
            customer=self._account.id,
        )
        return id_


def _fixed_fee(currency: str) -> int:
    return {0: 30, 2: 30, 3: 90}[exponent(currency)]

"""The cashier: plays the subscriptions of one customer and writes down what the vendor would.

An agenda of deeds runs in time order, so that balances and payments of several subscriptions meet
as they do in reality. Every deed writes object versions and events into the store, and money into
the simulator's own cash book (`StoreWriter.book`). Amounts are integer minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Final

from demo.company.accounts import (
    CustomerAccount,
    ExtraLine,
)
from demo.company.bookkeeping import recurring_rows
from demo.company.catalogue import Catalogue, Price, decimal_text, half_up
from demo.company.desk import CustomerDesk, Invoice
from demo.company.invoice_lines import Line, discount_lines, line_body, tax_lines
from demo.company.leaving import cancellation_details
from demo.company.lives import (
    DiscountSpan,
    ItemSpan,
    Period,
    Schedule,
    SubscriptionLife,
    billing_periods,
    make_id,
)
from demo.timeline import DAY, HOUR, iso
from demo.vendors.store import Json, StoreWriter

#: A renewal is a draft for an hour before it is finalised and charged.
DRAFT_TIME: Final = HOUR
#: Days in which a failed payment of a renewal turns the subscription past due.
FAILING_WINDOW: Final = 2 * DAY


@dataclass
class _SubscriptionState:
    """What the cashier remembers of a subscription while it plays its life."""

    life: SubscriptionLife
    periods: list[Period]
    used_once: dict[str, int] = field(default_factory=dict)
    open_invoices: list[Invoice] = field(default_factory=list)
    drafts: list[Invoice] = field(default_factory=list)
    latest_invoice: str | None = None
    positive_invoices: int = 0
    first_charged_at: int | None = None
    first_charged: str | None = None
    proven_at: int | None = None
    shown: Json | None = None

    def period_at(self, moment: int) -> Period:
        current = self.periods[0]
        for period in self.periods:
            if period.start > moment:
                break
            current = period
        return current


class CustomerBilling(CustomerDesk):
    """Plays one customer from its creation to `horizon`."""

    def __init__(
        self,
        store: StoreWriter,
        catalogue: Catalogue,
        account: CustomerAccount,
        horizon: int,
    ) -> None:
        super().__init__(store, account, horizon)
        self._catalogue = catalogue
        self._pending: list[Line] = []
        self._pending_items: dict[str, Json] = {}
        self._invoice_number = 0
        self._states = {
            life.id: _SubscriptionState(life, billing_periods(life, catalogue.prices, horizon))
            for life in account.lives
        }

    # ---- agenda ------------------------------------------------------------------------------

    def play(self) -> None:
        """Run everything and book the recurring revenue."""
        account = self._account
        self._plan(account.created, 0, self._create_customer)
        for state in self._states.values():
            self._plan_subscription(state)
        for extra in account.extras:
            self._plan(extra.at, 3, partial(self._add_extra, extra))
        for grant in account.grants:
            self._plan(grant.at, 2, partial(self._grant, grant))
        if account.renamed is not None:
            at, name = account.renamed
            self._plan(at, 0, lambda: self._update_customer(name=name))
        if account.deleted_at is not None:
            self._plan(account.deleted_at, 9, self._delete_customer)
        self._run_agenda()
        for state in self._states.values():
            charged = state.first_charged_at
            if charged is not None and state.life.created is not None:
                # Nobody knew of a backdated subscription before it was recorded and paid.
                charged = state.life.start
            self._store.book_recurring(
                recurring_rows(state.life, self._catalogue, state.periods, charged, state.proven_at)
            )

    def _plan_subscription(self, state: _SubscriptionState) -> None:
        life = state.life
        recorded = life.recorded_at
        moments = {max(at, recorded) for at in life.change_points()}
        moments |= {max(period.start, recorded) for period in state.periods}
        if life.canceled_at is not None:
            moments.add(life.canceled_at)
        if life.ended_at is not None:
            moments = {at for at in moments if at <= life.ended_at}
        for at in moments:
            self._plan(at, 5, partial(self._show_subscription, state))
        if life.schedule is not None:
            self._plan_schedule(life, life.schedule)
        starts = {period.start for period in state.periods}
        for period in state.periods:
            self._plan(
                max(period.start, recorded),
                1,
                partial(self._bill_period, state, period),
            )
        boundaries = {span.start for span in life.items} | {
            span.end for span in life.items if span.end is not None
        }
        for at in sorted(boundaries - starts):
            if life.ended_at is None or at < life.ended_at:
                self._plan(at, 1, partial(self._prorate, state))
        for at, status in life.statuses[1:]:
            self._plan(
                at,
                4,
                partial(self._enter_status, state, status),
            )
        for pause in life.pauses:
            if pause.end is not None:
                self._plan(pause.end, 4, partial(self._release_drafts, state))
        for item, usage in life.usage.items():
            self._book_usage(life, item, usage)

    # ---- subscription as shown ---------------------------------------------------------------

    def _discount_body(self, life: SubscriptionLife, span: DiscountSpan) -> Json:
        return {
            "id": span.id,
            "coupon": span.coupon,
            "customer": life.customer,
            "start": span.start,
            "end": span.end,
            "subscription": life.id,
            "subscription_item": span.item,
            "promotion_code": span.promotion_code,
        }

    def _live_discounts(self, state: _SubscriptionState, moment: int) -> list[DiscountSpan]:
        return [s for s in state.life.discounts_at(moment) if s.id not in state.used_once]

    def _shown_discounts(self, state: _SubscriptionState, moment: int) -> list[DiscountSpan]:
        """As the vendor shows them: a coupon for one invoice goes when that invoice is final."""
        return [
            span
            for span in state.life.discounts_at(moment)
            if span.id not in state.used_once or moment < state.used_once[span.id] + DRAFT_TIME
        ]

    def _subscription_body(self, state: _SubscriptionState) -> Json:
        life, now = state.life, self._now
        ended = life.ended_at is not None and now >= life.ended_at
        seen = (life.ended_at or now) - 1 if ended else now
        spans = life.items_at(max(seen, life.start))
        discounts = self._shown_discounts(state, seen)
        period = state.period_at(seen)
        requested = life.canceled_at is not None and now >= life.canceled_at
        pause = None if ended else life.pause_at(now)
        schedule = life.schedule
        trial = life.trial_end
        first_paid = life.start if trial is None else trial
        return {
            "id": life.id,
            "created": life.recorded_at,
            "customer": life.customer,
            "currency": life.currency,
            "status": life.status_at(now),
            "start_date": life.start,
            "billing_cycle_anchor": first_paid if period.is_trial else self._anchor(state, seen),
            "trial_start": None if trial is None else life.start,
            "trial_end": trial,
            "cancel_at": life.ended_at if requested and life.cancel_at_period_end else None,
            "cancel_at_period_end": bool(requested and life.cancel_at_period_end),
            "canceled_at": life.canceled_at if requested else (life.ended_at if ended else None),
            "cancellation_details": cancellation_details(life, now),
            "ended_at": life.ended_at if ended else None,
            "collection_method": life.collection_method,
            "days_until_due": life.days_until_due
            if life.collection_method == "send_invoice"
            else None,
            "pause_collection": None
            if pause is None
            else {"behavior": pause.behavior, "resumes_at": pause.end},
            "schedule": schedule.id
            if schedule is not None and schedule.created <= now < schedule.phases[-1].end
            else None,
            "latest_invoice": state.latest_invoice,
            "discounts": [self._discount_body(life, d) for d in discounts if d.item is None],
            "items": [self._item_body(state, s, period, discounts) for s in spans],
            "tax_percent": None if life.tax_percent is None else decimal_text(life.tax_percent),
            "metadata": life.metadata,
        }

    def _anchor(self, state: _SubscriptionState, moment: int) -> int:
        """Start of the newest run of whole periods."""
        anchor = state.periods[0].start
        for before, after in zip([None, *state.periods], state.periods, strict=False):
            if after.start > moment:
                break
            if before is None or before.end != before.full_end or before.is_trial:
                anchor = after.start
        return anchor

    def _item_body(
        self,
        state: _SubscriptionState,
        span: ItemSpan,
        period: Period,
        discounts: Sequence[DiscountSpan],
    ) -> Json:
        life = state.life
        first = min(s.start for s in life.items if s.item == span.item)
        return {
            "id": span.item,
            "created": max(first, life.recorded_at),
            "price": span.price,
            "quantity": span.quantity,
            "discounts": [self._discount_body(life, d) for d in discounts if d.item == span.item],
            "current_period_start": period.start,
            "current_period_end": period.full_end,
        }

    def _show_subscription(self, state: _SubscriptionState) -> None:
        life, now = state.life, self._now
        body = self._subscription_body(state)
        before = state.shown
        if body == before:
            return
        self._show_discounts(state, before, body)
        if before is None:
            names = ["customer.subscription.created"]
        elif life.ended_at == now and body["status"] == "canceled":
            names = ["customer.subscription.deleted"]
        else:
            names = ["customer.subscription.updated"]
            if body["status"] == "paused" and before["status"] != "paused":
                names.append("customer.subscription.paused")
            if before["status"] == "paused" and body["status"] == "active":
                names.append("customer.subscription.resumed")
        self._store.put("subscription", body, now, *names, customer=life.customer)
        state.shown = body
        if before is not None and before["status"] != body["status"]:
            late = body["status"] in ("past_due", "unpaid")
            if late != self._customer_body["delinquent"]:
                self._update_customer(delinquent=late)

    def _show_discounts(self, state: _SubscriptionState, before: Json | None, after: Json) -> None:
        def found(body: Json | None) -> dict[str, Json]:
            if body is None:
                return {}
            nested = [d for item in body["items"] for d in item["discounts"]]
            return {d["id"]: d for d in [*body["discounts"], *nested]}

        old, new = found(before), found(after)
        for id_, body in new.items():
            if id_ not in old:
                self._store.put(
                    "discount",
                    body,
                    self._now,
                    "customer.discount.created",
                    created=self._now,
                    customer=state.life.customer,
                    parent=state.life.id,
                )
        if state.life.ended_at is None or self._now < state.life.ended_at:
            for id_, body in old.items():
                if id_ not in new:
                    self._store.put(
                        "discount", body, self._now, "customer.discount.deleted", deleted=True
                    )

    # ---- schedules ---------------------------------------------------------------------------

    def _plan_schedule(self, life: SubscriptionLife, schedule: Schedule) -> None:
        def show(*events: str) -> None:
            now, phases = self._now, schedule.phases
            finished = now >= phases[-1].end
            ended = life.ended_at is not None and now >= life.ended_at
            current = next((p for p in phases if p.start <= now < p.end), None)
            status = (
                "canceled"
                if ended and not finished
                else "released"
                if finished
                else "active"
                if current is not None
                else "not_started"
            )
            body = {
                "id": schedule.id,
                "created": schedule.created,
                "customer": life.customer,
                "status": status,
                "subscription": None if status == "released" else life.id,
                "released_subscription": life.id if status == "released" else None,
                "released_at": phases[-1].end if status == "released" else None,
                "canceled_at": life.ended_at if status == "canceled" else None,
                "completed_at": None,
                "current_phase": {"start_date": current.start, "end_date": current.end}
                if current is not None and status == "active"
                else None,
                "end_behavior": "release",
                "currency": life.currency,
                "phases": [
                    {
                        "start_date": phase.start,
                        "end_date": phase.end,
                        "items": [{"price": p, "quantity": q} for p, q in phase.items],
                    }
                    for phase in phases
                ],
            }
            self._store.put("subscription_schedule", body, now, *events, customer=life.customer)

        self._plan(schedule.created, 6, lambda: show("subscription_schedule.created"))
        for phase in schedule.phases[1:]:
            if life.ended_at is None or phase.start < life.ended_at:
                self._plan(phase.start, 6, lambda: show("subscription_schedule.updated"))
        last = schedule.phases[-1].end
        if life.ended_at is not None and life.ended_at < last:
            self._plan(life.ended_at, 6, lambda: show("subscription_schedule.canceled"))
        else:
            self._plan(last, 6, lambda: show("subscription_schedule.released"))

    # ---- what an invoice says ----------------------------------------------------------------

    def _price(self, life: SubscriptionLife, span: ItemSpan) -> Price:
        return self._catalogue.prices[span.price].in_currency(life.currency)

    def _recurring_line(self, state: _SubscriptionState, span: ItemSpan, period: Period) -> Line:
        life = state.life
        price = self._price(life, span)
        trial = period.is_trial
        name = self._catalogue.products[price.product].name
        return Line(
            id=self._id("il"),
            kind="subscription",
            amount=0 if trial else half_up(price.amount(span.quantity or 0)),
            period=(period.start, period.full_end),
            quantity=span.quantity,
            price=price,
            product=price.product,
            description=f"Trial period for {name}" if trial else f"{span.quantity} x {name}",
            subscription=life.id,
            item=span.item,
        )

    def _usage_lines(self, state: _SubscriptionState, start: int, end: int) -> list[Line]:
        """Usage of [start, end), billed in arrears."""
        life, lines = state.life, []
        for span in life.items_at(end - 1):
            price = self._price(life, span)
            if not price.is_metered:
                continue
            units = sum(n for at, n in life.usage.get(span.item, ()) if start <= at < end)
            amount = half_up(price.amount(units))
            lines.append(
                Line(
                    id=self._id("il"),
                    kind="subscription",
                    amount=amount,
                    period=(start, end),
                    quantity=units,
                    price=price,
                    product=price.product,
                    description=f"{units} x {self._catalogue.products[price.product].name}",
                    subscription=life.id,
                    item=span.item,
                )
            )
        return lines

    # ---- invoices ----------------------------------------------------------------------------

    def _issue(
        self,
        lines: list[Line],
        reason: str,
        state: _SubscriptionState | None,
        *,
        currency: str,
        percent: Fraction | None = None,
    ) -> Invoice:
        """Write an invoice over `lines` and what is pending; callers plan its payment."""
        life = None if state is None else state.life
        lines = [*lines, *self._pending]
        self._pending = []
        id_ = self._id("in")
        discounts: list[DiscountSpan] = []
        if state is not None and life is not None:
            live = self._live_discounts(state, self._now)
            discounts = discount_lines(lines, live, life.id, self._catalogue.coupons)
            for span in discounts:
                if self._catalogue.coupons[span.coupon].duration == "once":
                    state.used_once[span.id] = self._now
                    self._plan(self._now + DRAFT_TIME, 5, partial(self._show_subscription, state))
        tax_lines(lines, percent)
        self._apply_credits(lines, id_)
        bodies = [line_body(line) for line in lines]
        subtotal = sum(line.amount for line in lines)
        off = sum(amount for line in lines for _, amount in line.discounts)
        exclusive = sum(
            tax["amount"]
            for body in bodies
            for tax in body["taxes"]
            if tax["tax_behavior"] == "exclusive"
        )
        credit = sum(amount for line in lines for _, amount in line.credits)
        total = subtotal - off + exclusive - credit
        starting = self._balance
        due = max(0, total + starting)
        ending = total + starting if total + starting < 0 else 0
        self._invoice_number += 1
        sending = life is not None and life.collection_method == "send_invoice"
        body = {
            "id": id_,
            "created": self._now,
            "number": f"{make_id('', self._account.id, length=7)[1:].upper()}-"
            f"{self._invoice_number:04d}",
            "customer": self._account.id,
            "currency": currency,
            "billing_reason": reason,
            "collection_method": "send_invoice" if sending else "charge_automatically",
            "due_date": self._now + life.days_until_due * DAY
            if life is not None and sending
            else None,
            "subscription": None if life is None else life.id,
            "period_start": self._previous_period(state),
            "period_end": self._now,
            "lines": bodies,
            "discounts": [self._discount_body(life, d) for d in discounts if life is not None],
            "subtotal": subtotal,
            "total": total,
            "starting_balance": starting,
            "ending_balance": ending,
            "amount_due": due,
            "attempt_count": 0,
            "credit_notes": 0,
            "charge": None,
            "tax_percent": None if percent is None else decimal_text(percent),
        }
        invoice = Invoice(body, life, lines, due, total > 0)
        for line in lines:
            if line.invoice_item in self._pending_items:
                item = {**self._pending_items.pop(line.invoice_item), "invoice": id_}
                self._store.put("invoiceitem", item, self._now, "invoiceitem.updated")
        if state is not None:
            state.latest_invoice = id_
            if invoice.is_positive:
                state.positive_invoices += 1
                invoice.fate = next(
                    (
                        fate
                        for sub, fate in self._account.fates
                        if sub == state.life.id and fate.number == state.positive_invoices
                    ),
                    None,
                )
                if state.first_charged_at is None:
                    state.first_charged_at, state.first_charged = self._now, id_
        return invoice

    def _previous_period(self, state: _SubscriptionState | None) -> int:
        """An invoice's own period is the one before: what it looked back on, not what it is for."""
        if state is None:
            return self._now
        before = [p.start for p in state.periods if p.start < self._now]
        return before[-1] if before else self._now

    def _bill_period(self, state: _SubscriptionState, period: Period) -> None:
        life = state.life
        status = life.status_at(self._now)
        lines = [
            self._recurring_line(state, span, period)
            for span in life.items_at(period.start)
            if self._price(life, span).is_licensed
        ]
        index = state.periods.index(period)
        if index and not state.periods[index - 1].is_trial:
            before = state.periods[index - 1]
            lines += self._usage_lines(state, before.start, before.end)
            if before.end != before.full_end and status != "paused":
                lines += self._unused_time(state, before)
        if not lines:
            return
        reason = "subscription_cycle" if index else "subscription_create"
        if index and state.periods[index - 1].end != state.periods[index - 1].full_end:
            reason = "subscription_update"
        invoice = self._issue(
            lines, reason, state, currency=life.currency, percent=life.tax_percent
        )
        self._settle(state, invoice, at_once=index == 0 or reason == "subscription_update")

    def _unused_time(self, state: _SubscriptionState, period: Period) -> list[Line]:
        """Credit for the rest of a period that a change of rhythm cut short."""
        life = state.life
        lines = []
        for span in life.items_at(period.end - 1):
            price = self._price(life, span)
            if price.is_licensed and life.status_at(period.end) != "paused":
                line = self._proration_line(state, span, period, period.end, -1)
                if line is not None:
                    lines.append(line)
        return lines

    def _proration_line(
        self, state: _SubscriptionState, span: ItemSpan, period: Period, at: int, sign: int
    ) -> Line | None:
        life = state.life
        price = self._price(life, span)
        value = price.amount(span.quantity or 0)
        for discount in self._live_discounts(state, at):
            coupon = self._catalogue.coupons[discount.coupon]
            fits = discount.item in (None, span.item) and (
                not coupon.products or price.product in coupon.products
            )
            if coupon.percent is not None and fits:
                value -= value * coupon.percent / 100
        share = Fraction(period.full_end - at, period.full_end - period.start)
        amount = sign * half_up(value * share)
        if amount == 0:
            return None
        name = self._catalogue.products[price.product].name
        word = "Remaining" if sign > 0 else "Unused"
        line = Line(
            id=self._id("il"),
            kind="invoiceitem",
            amount=amount,
            period=(at, period.full_end),
            quantity=span.quantity,
            price=price,
            product=price.product,
            description=f"{word} time on {span.quantity} x {name} after {iso(at)[:10]}",
            subscription=life.id,
            item=span.item,
            proration=True,
            invoice_item=self._id("ii"),
            discountable=False,
        )
        self._put_invoice_item(line, life.currency)
        return line

    def _put_invoice_item(self, line: Line, currency: str) -> None:
        body = line_body(line)
        item: Json = {
            **body,
            "id": line.invoice_item,
            "created": self._now,
            "customer": self._account.id,
            "currency": currency,
            "invoice": None,
        }
        self._pending_items[str(line.invoice_item)] = item
        self._store.put(
            "invoiceitem",
            item,
            self._now,
            "invoiceitem.created",
            customer=self._account.id,
        )

    def _prorate(self, state: _SubscriptionState) -> None:
        """Bill a change of items inside a period."""
        life, now = state.life, self._now
        period = state.period_at(now)
        pause = life.pause_at(now)
        if (
            period.is_trial
            or life.proration == "none"
            or now <= life.recorded_at
            or pause is not None
            or life.status_at(now) not in ("active", "past_due")
        ):
            return
        old, new = life.items_at(now - 1), life.items_at(now)
        gone = [s for s in old if s not in new and self._price(life, s).is_licensed]
        come = [s for s in new if s not in old and self._price(life, s).is_licensed]
        made = [self._proration_line(state, s, period, now, -1) for s in gone]
        made += [self._proration_line(state, s, period, now, 1) for s in come]
        lines = [line for line in made if line is not None]
        if not lines:
            return
        if life.proration == "next_invoice":
            self._pending.extend(lines)
            return
        invoice = self._issue(
            lines,
            "subscription_update",
            state,
            currency=life.currency,
            percent=life.tax_percent,
        )
        self._settle(state, invoice, at_once=True)

    # ---- what becomes of an invoice ----------------------------------------------------------

    def _settle(self, state: _SubscriptionState, invoice: Invoice, *, at_once: bool) -> None:
        """Plan the rest of a subscription invoice's life from the life of its subscription."""
        life, now = state.life, self._now
        if life.status_at(now) == "unpaid":
            self._show_invoice(invoice, "draft", "invoice.created")
            state.drafts.append(invoice)
            return
        pause = life.pause_at(now)
        if pause is not None and invoice.due > 0:
            self._show_invoice(invoice, "draft", "invoice.created")
            if pause.behavior == "keep_as_draft":
                state.drafts.append(invoice)
            elif pause.behavior == "void":
                self._plan(now + DRAFT_TIME, 2, lambda: self._void(state, invoice))
            else:
                self._plan(now + DRAFT_TIME, 2, lambda: self._write_off(state, invoice))
            return
        self._use_balance(invoice)
        if life.collection_method == "send_invoice" and invoice.due > 0:
            self._show_invoice(
                invoice, "open", "invoice.created", "invoice.finalized", "invoice.sent"
            )
            self._prove(state, invoice)
            state.open_invoices.append(invoice)
            overdue = life.next_status(now, ("past_due",))
            renewal = next((p.start for p in state.periods if p.start > now), self._horizon)
            if overdue is None or overdue > max(renewal, now + life.days_until_due * DAY + DAY):
                self._plan(now + life.pay_after, 2, lambda: self._pay(state, invoice))
            return
        if self._will_fail(life, now) and invoice.due > 0:
            if at_once:
                self._fail(state, invoice, "invoice.created", "invoice.finalized")
            else:
                self._show_invoice(invoice, "draft", "invoice.created")
                self._plan(
                    now + DRAFT_TIME,
                    2,
                    lambda: self._fail(state, invoice, "invoice.finalized"),
                )
            return
        if at_once:
            self._pay(state, invoice, "invoice.created", "invoice.finalized")
        else:
            self._show_invoice(invoice, "draft", "invoice.created")
            self._plan(now + DRAFT_TIME, 2, lambda: self._pay(state, invoice, "invoice.finalized"))

    def _will_fail(self, life: SubscriptionLife, now: int) -> bool:
        if life.status_at(now) in ("past_due", "incomplete", "incomplete_expired"):
            return True
        late = life.next_status(now, ("past_due", "unpaid"))
        return late is not None and late - now <= FAILING_WINDOW

    def _prove(self, state: _SubscriptionState, invoice: Invoice) -> None:
        """The first invoice with a positive total was paid, or sent to somebody who pays later."""
        if state.first_charged == invoice.body["id"] and state.proven_at is None:
            state.proven_at = self._now

    def _fail(self, state: _SubscriptionState, invoice: Invoice, *events: str) -> None:
        invoice.body = {**invoice.body, "attempt_count": 1}
        charge = self._charge_body(invoice, "failed")
        self._put_charge(charge, "charge.failed")
        self._show_invoice(invoice, "open", *events, "invoice.payment_failed")
        state.open_invoices.append(invoice)

    def _void(self, state: _SubscriptionState, invoice: Invoice) -> None:
        if invoice in state.open_invoices:
            state.open_invoices.remove(invoice)
        self._show_invoice(invoice, "void", "invoice.voided")

    def _write_off(self, state: _SubscriptionState, invoice: Invoice) -> None:
        if invoice in state.open_invoices:
            state.open_invoices.remove(invoice)
        self._show_invoice(invoice, "uncollectible", "invoice.marked_uncollectible")

    def _enter_status(self, state: _SubscriptionState, status: str) -> None:
        """Open invoices follow the subscription: paid on recovery, written off at its end."""
        life = state.life
        if status == "active":
            for invoice in list(state.open_invoices):
                if life.collection_method != "send_invoice" or invoice.status == "open":
                    self._pay(state, invoice)
            self._release_drafts(state)
        elif status == "incomplete_expired":
            for invoice in list(state.open_invoices):
                self._void(state, invoice)
        elif status == "canceled":
            for invoice in list(state.open_invoices):
                if life.after_dunning == "void":
                    self._void(state, invoice)
                elif life.after_dunning == "uncollectible":
                    self._write_off(state, invoice)
            self._final_usage(state)

    def _release_drafts(self, state: _SubscriptionState) -> None:
        """Drafts kept during a pause are charged; of those kept while unpaid, only the newest."""
        drafts, state.drafts = state.drafts, []
        paused = any(pause.end == self._now for pause in state.life.pauses)
        for number, invoice in enumerate(drafts):
            if paused or number == len(drafts) - 1:
                self._use_balance(invoice)
                self._pay(state, invoice, "invoice.finalized")

    def _final_usage(self, state: _SubscriptionState) -> None:
        """Usage of the last period is billed when the subscription ends."""
        last = state.periods[-1]
        if last.is_trial or state.life.ended_at is None:
            return
        lines = [
            line
            for line in self._usage_lines(state, last.start, state.life.ended_at)
            if line.amount > 0
        ]
        if lines:
            invoice = self._issue(
                lines,
                "subscription_cycle",
                state,
                currency=state.life.currency,
                percent=state.life.tax_percent,
            )
            self._use_balance(invoice)
            self._pay(state, invoice, "invoice.created", "invoice.finalized")

    # ---- one-offs, credits, usage ------------------------------------------------------------

    def _add_extra(self, extra: ExtraLine) -> None:
        price = None if extra.price is None else self._catalogue.prices[extra.price]
        currency = self._account.currency
        line = Line(
            id=self._id("il"),
            kind="invoiceitem",
            amount=extra.amount,
            period=(self._now, self._now),
            quantity=extra.quantity,
            price=price,
            product=extra.product if price is None else price.product,
            description=extra.description,
            invoice_item=self._id("ii"),
        )
        self._put_invoice_item(line, currency)
        if not extra.own_invoice:
            self._pending.append(line)
            return
        waiting, self._pending = self._pending, []
        invoice = self._issue([line], "manual", None, currency=currency)
        self._pending = waiting
        self._use_balance(invoice)
        if extra.paid:
            self._pay(None, invoice, "invoice.created", "invoice.finalized")
        else:
            self._show_invoice(invoice, "open", "invoice.created", "invoice.finalized")

    def _book_usage(
        self, life: SubscriptionLife, item: str, usage: Sequence[tuple[int, int]]
    ) -> None:
        span = next(s for s in life.items if s.item == item)
        price = self._price(life, span)
        for at, units in usage:
            if price.meter is not None:
                self._store.put_meter_usage(price.meter, self._account.id, at - at % DAY, units)

    def _pay(self, state: _SubscriptionState | None, invoice: Invoice, *events: str) -> None:
        if state is not None and invoice in state.open_invoices:
            state.open_invoices.remove(invoice)
        if invoice.body["amount_due"] > 0:
            self._take_payment(invoice)
        if invoice.is_positive and state is not None:
            self._prove(state, invoice)
        self._show_invoice(invoice, "paid", *events, "invoice.paid", "invoice.payment_succeeded")
        if invoice.fate is not None and invoice.charge is not None:
            self._plan_fate(invoice, invoice.fate)

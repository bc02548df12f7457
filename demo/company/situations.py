"""One scripted customer for every billing situation that a revenue ledger has a rule for.

`SITUATIONS` names them; each entry makes a customer's account from the company's calendar. What
lies after the horizon simply has not happened yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from demo.company.accounts import CustomerAccount, Dispute, ExtraLine, Grant, InvoiceFate, Refund
from demo.company.catalogue import Catalogue
from demo.company.contracts import GAP_DAYS, MOVED_APP_ID, moved_at
from demo.company.growth import (
    add_item,
    become,
    cancel_at_period_end,
    cancel_now,
    change_item,
    discount,
    fail_renewal,
    pause,
    plain,
    remove_item,
)
from demo.company.lives import Phase, Schedule, SubscriptionLife, make_id
from demo.timeline import DAY, HOUR, add_interval, epoch

Lives = list[SubscriptionLife]


@dataclass(frozen=True)
class Calendar:
    """The company's time: `day(n)` counts from its first day, `ago(n)` back from the clock."""

    start: int
    clock: int
    horizon: int
    catalogue: Catalogue

    def day(self, number: int, hour: int = 9) -> int:
        """The `number`th day of the company, at an hour."""
        return self.start + number * DAY + hour * HOUR

    def ago(self, number: int, hour: int = 9) -> int:
        """A day so many days before the clock's, at an hour."""
        return self.clock - self.clock % DAY - number * DAY + hour * HOUR


@dataclass(frozen=True)
class Made:
    """What a situation consists of, before it becomes an account."""

    lives: tuple[SubscriptionLife, ...]
    currency: str = "usd"
    more: Mapping[str, Any] | None = None


Maker = Callable[[str, Calendar], Made]


def _one(life: SubscriptionLife, **more: Any) -> Made:
    return Made((life,), life.currency, more)


def _pro(c: str, at: int, **more: Any) -> SubscriptionLife:
    return plain(c, 1, "price_pro_month", at, **more)


def _trial_lapsed(c: str, k: Calendar) -> Made:
    life = _pro(c, k.day(40), trial_days=14)
    ended = become(life, k.day(54), "canceled")
    return _one(replace(ended, canceled_at=k.day(47), cancel_at_period_end=True))


def _trial_payment_failed(c: str, k: Calendar) -> Made:
    life = _pro(c, k.day(60), trial_days=14)
    return _one(fail_renewal(life, k.catalogue.prices, 0, k.horizon))


def _seats(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_team_month", k.day(15), quantity=5)
    life = change_item(life, k.day(70, 14), quantity=9)
    return _one(change_item(life, k.day(130, 11), quantity=4))


def _upgrade(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_starter_month", k.day(10))
    return _one(change_item(life, k.day(85, 16), price="price_business_month"))


def _downgrade(c: str, k: Calendar) -> Made:
    """The unused time of the dear plan becomes a balance that pays for months of the cheap one."""
    life = plain(c, 1, "price_business_month", k.day(12))
    return _one(change_item(life, k.day(95, 16), price="price_starter_month"))


def _interval_change(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_pro_month", k.day(9))
    return _one(change_item(life, k.day(111, 10), price="price_pro_year"))


def _price_increase(c: str, k: Calendar) -> Made:
    start = k.day(5)
    life = plain(c, 1, "price_starter_month", start)
    return _one(change_item(life, add_interval(start, "month", 7), price="price_starter_month_v2"))


def _with_coupon(coupon: str, price: str, months: int | None = None) -> Maker:
    def make(c: str, k: Calendar) -> Made:
        start = k.day(20)
        end = None if months is None else add_interval(start, "month", months)
        return _one(discount(plain(c, 1, price, start), coupon, start, end))

    return make


def _item_coupon(c: str, k: Calendar) -> Made:
    start = k.day(22)
    life = add_item(_pro(c, start), "price_addon", 2, start)
    life = discount(life, "FOREVER20", start, item=1)
    return _one(discount(life, "TENOFF", start))


def _product_coupon(c: str, k: Calendar) -> Made:
    start = k.day(24)
    life = add_item(_pro(c, start), "price_addon", 1, start)
    return _one(discount(life, "SUPPORT25", start))


def _promotion_code(c: str, k: Calendar) -> Made:
    start = k.day(26)
    end = add_interval(start, "month", 3)
    return _one(discount(_pro(c, start), "LAUNCH50", start, end, promotion_code="promo_launch"))


def _tax(price: str) -> Maker:
    def make(c: str, k: Calendar) -> Made:
        life = plain(c, 1, price, k.day(28), currency="eur")
        return _one(replace(life, tax_percent=Fraction(19)))

    return make


def _currency(code: str) -> Maker:
    def make(c: str, k: Calendar) -> Made:
        return _one(plain(c, 1, "price_pro_month", k.day(30), currency=code))

    return make


def _two_currencies_item(c: str, k: Calendar) -> Made:
    start = k.day(31)
    life = plain(c, 1, "price_pro_month", start, currency="eur")
    return _one(add_item(life, "price_addon_eur", 1, start))


def _graduated(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_seats_graduated", k.day(33), quantity=12)
    return _one(change_item(life, k.day(95), quantity=25))


def _volume(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_api_volume", k.day(35), quantity=8)
    return _one(change_item(life, k.day(98), quantity=40))


def _blocks(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_blocks", k.day(37), quantity=25)
    return _one(change_item(life, k.day(120), quantity=31))


def _daily_usage(k: Calendar, first: int, last: int, base: int) -> tuple[tuple[int, int], ...]:
    days = range(first, last)
    return tuple((k.day(n, 12), base + (n * 37) % 400) for n in days)


def _metered(c: str, k: Calendar) -> Made:
    start = k.day(14)
    life = add_item(_pro(c, start), "price_tokens", None, start)
    total = (k.horizon - k.start) // DAY
    usage = _daily_usage(k, 14, total, 600)
    return _one(replace(life, usage={life.items[1].item: usage}))


def _metered_ended(c: str, k: Calendar) -> Made:
    start = k.day(18)
    life = add_item(_pro(c, start), "price_tokens", None, start)
    life = replace(life, usage={life.items[1].item: _daily_usage(k, 18, 200, 900)})
    return _one(cancel_now(life, k.day(200, 20)))


def _credits_applied(c: str, k: Calendar) -> Made:
    made = _metered(c, k)
    grants = (
        Grant(k.day(60), 2_500, "promotional", "Welcome credits"),
        Grant(k.day(100), 20_000, "paid", "Prepaid", expires_at=k.day(465)),
    )
    return Made(made.lives, "usd", {"grants": grants})


def _paused(behavior: str) -> Maker:
    def make(c: str, k: Calendar) -> Made:
        return _one(pause(_pro(c, k.day(8)), k.day(100), k.day(146), behavior))

    return make


def _paused_change(c: str, k: Calendar) -> Made:
    life = pause(_pro(c, k.day(9)), k.day(101), k.day(150), "void")
    return _one(change_item(life, k.day(120), price="price_business_month"))


def _paused_ended(c: str, k: Calendar) -> Made:
    life = pause(_pro(c, k.day(10)), k.day(102), None, "void")
    return _one(cancel_now(life, k.day(170)))


def _trial_paused(c: str, k: Calendar) -> Made:
    life = _pro(c, k.day(50), trial_days=14)
    life = become(life, k.day(64), "paused")
    return _one(become(life, k.day(80), "active"))


def _status_paused(c: str, k: Calendar) -> Made:
    life = become(_pro(c, k.day(51)), k.day(140), "paused")
    return _one(become(life, k.day(170), "active"))


def _cancel_at_end(c: str, k: Calendar) -> Made:
    return _one(cancel_at_period_end(_pro(c, k.day(13)), k.catalogue.prices, k.day(150), k.horizon))


def _scheduled_churn(c: str, k: Calendar) -> Made:
    """The cancel is requested before the clock and takes effect after it."""
    start = k.ago(340)
    life = plain(c, 1, "price_pro_year", start)
    return _one(cancel_at_period_end(life, k.catalogue.prices, k.ago(5), k.horizon))


def _cancel_now(c: str, k: Calendar) -> Made:
    return _one(cancel_now(_pro(c, k.day(16)), k.day(155, 17)))


def _recovered(c: str, k: Calendar) -> Made:
    return _one(
        fail_renewal(_pro(c, k.day(17)), k.catalogue.prices, 4, k.horizon, recovered_after=6 * DAY)
    )


def _past_due_now(c: str, k: Calendar) -> Made:
    start = add_interval(k.ago(4), "month", -8)
    return _one(
        fail_renewal(_pro(c, start), k.catalogue.prices, 8, k.horizon, recovered_after=9 * DAY)
    )


def _unpaid_paid(c: str, k: Calendar) -> Made:
    prices = k.catalogue.prices
    life = fail_renewal(_pro(c, k.day(19)), prices, 3, k.horizon, then="unpaid")
    unpaid_at = life.statuses[-1][0]
    return _one(become(life, unpaid_at + 45 * DAY, "active"))


def _uncollectible(c: str, k: Calendar) -> Made:
    return _one(fail_renewal(_pro(c, k.day(21)), k.catalogue.prices, 5, k.horizon))


def _dunning_void(c: str, k: Calendar) -> Made:
    life = fail_renewal(_pro(c, k.day(23)), k.catalogue.prices, 5, k.horizon)
    return _one(replace(life, after_dunning="void"))


def _incomplete_expired(c: str, k: Calendar) -> Made:
    start = k.day(25)
    life = replace(_pro(c, start), statuses=((start, "incomplete"),))
    return _one(become(life, start + 23 * HOUR, "incomplete_expired"))


def _incomplete_paid(c: str, k: Calendar) -> Made:
    start = k.day(27)
    life = replace(_pro(c, start), statuses=((start, "incomplete"),))
    return _one(become(life, start + 5 * HOUR, "active"))


def _sent(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_business_month", k.day(29))
    return _one(replace(life, collection_method="send_invoice", pay_after=20 * DAY))


def _sent_overdue(c: str, k: Calendar) -> Made:
    start = k.day(32)
    life = replace(
        plain(c, 1, "price_business_quarter", start),
        collection_method="send_invoice",
        days_until_due=14,
        pay_after=10 * DAY,
    )
    renewal = add_interval(start, "month", 3)
    life = become(life, renewal + 14 * DAY, "past_due")
    return _one(become(life, renewal + 25 * DAY, "active"))


def _free_paid_free(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_free_month", k.day(34))
    life = change_item(life, k.day(90), price="price_starter_month")
    return _one(change_item(life, k.day(160), price="price_free_month"))


def _reactivated(c: str, k: Calendar) -> Made:
    first = cancel_now(_pro(c, k.day(36)), k.day(110))
    second = plain(c, 2, "price_pro_month", k.day(175))
    return Made((first, second))


def _two_subscriptions(c: str, k: Calendar) -> Made:
    first = plain(c, 1, "price_business_month", k.day(38))
    second = cancel_now(plain(c, 2, "price_starter_month", k.day(60)), k.day(180))
    return Made((first, second))


def _schedule(c: str, k: Calendar) -> Made:
    start = k.day(39)
    middle, end = add_interval(start, "month", 6), add_interval(start, "month", 12)
    life = change_item(plain(c, 1, "price_starter_month", start), middle, price="price_pro_month")
    phases = (
        Phase(start, middle, (("price_starter_month", 1),)),
        Phase(middle, end, (("price_pro_month", 1),)),
    )
    plan = Schedule(make_id("sub_sched", c), start, phases)
    return _one(replace(life, schedule=plan))


def _schedule_ahead(c: str, k: Calendar) -> Made:
    """A later phase that has not begun at the clock: committed, not yet earned."""
    start = add_interval(k.ago(3), "month", -5)
    middle, end = add_interval(start, "month", 6), add_interval(start, "month", 12)
    life = change_item(plain(c, 1, "price_pro_month", start), middle, price="price_business_month")
    phases = (
        Phase(start, middle, (("price_pro_month", 1),)),
        Phase(middle, end, (("price_business_month", 1),)),
    )
    plan = Schedule(make_id("sub_sched", c), k.ago(40), phases)
    return _one(replace(life, schedule=plan))


def _backdated(c: str, k: Calendar) -> Made:
    life = _pro(c, k.day(41))
    return _one(replace(life, created=k.day(87)))


def _credit_pack(c: str, k: Calendar) -> Made:
    pack = ExtraLine(k.day(120), 20_000, "Credit pack", price="price_credits", own_invoice=True)
    grant = Grant(
        k.day(120),
        20_000,
        "paid",
        "Credit pack",
        applied=((k.day(135), 3_500), (k.day(200), 2_500)),
    )
    return _one(_pro(c, k.day(42)), extras=(pack,), grants=(grant,))


def _invoice_item(c: str, k: Calendar) -> Made:
    extra = ExtraLine(k.day(77), 12_500, "Onboarding workshop", product="prod_addon")
    return _one(_pro(c, k.day(43)), extras=(extra,))


def _fate(**what: Any) -> Maker:
    def make(c: str, k: Calendar) -> Made:
        life = _pro(c, k.day(44))
        return _one(life, fates=((life.id, InvoiceFate(number=3, **what)),))

    return make


def _dispute_open(c: str, k: Calendar) -> Made:
    life = _pro(c, k.ago(60))
    return _one(life, fates=((life.id, InvoiceFate(2, dispute=Dispute(10 * DAY))),))


def _deleted(c: str, k: Calendar) -> Made:
    return _one(cancel_now(_pro(c, k.day(45)), k.day(190)), deleted_at=k.day(230))


def _deleted_lately(c: str, k: Calendar) -> Made:
    return _one(cancel_now(_pro(c, k.day(46)), k.ago(12)), deleted_at=k.ago(3))


def _deleted_coupon(c: str, k: Calendar) -> Made:
    start = k.day(47)
    return _one(discount(_pro(c, start), "OLDTIMES", start, add_interval(start, "month", 12)))


def _many_items(c: str, k: Calendar) -> Made:
    start = k.day(48)
    life = plain(c, 1, "price_module_01", start)
    for number in range(2, 13):
        life = add_item(life, f"price_module_{number:02d}", number % 3 + 1, start)
    return _one(remove_item(life, 3, k.day(205)))


def _archived_price(c: str, k: Calendar) -> Made:
    return _one(plain(c, 1, "price_legacy", k.day(49)))


def _swap(c: str, k: Calendar) -> Made:
    life = change_item(_pro(c, k.day(52)), k.day(115, 10), price="price_business_month")
    return _one(change_item(life, k.day(115, 15), price="price_pro_month"))


def _new_subscription_same_day(c: str, k: Calendar) -> Made:
    first = cancel_now(_pro(c, k.day(53)), k.day(118, 10))
    second = plain(c, 2, "price_business_month", k.day(118, 11))
    return Made((first, second))


def _gone_in_a_month(c: str, k: Calendar) -> Made:
    return _one(cancel_now(_pro(c, k.day(63)), k.day(80)))


def _pending_prorations(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_team_month", k.day(55), quantity=4)
    life = change_item(life, k.day(100), quantity=7)
    return _one(replace(life, proration="next_invoice"))


def _no_prorations(c: str, k: Calendar) -> Made:
    life = plain(c, 1, "price_team_month", k.day(56), quantity=4)
    life = change_item(life, k.day(101), quantity=6)
    return _one(replace(life, proration="none"))


def _renamed(c: str, k: Calendar) -> Made:
    return _one(_pro(c, k.day(57)), renamed=(k.ago(8), "Renamed & Sons"))


def _app_id(c: str, k: Calendar) -> Made:
    return _one(_pro(c, k.day(58)), metadata={"app_customer_id": "app-mapped-1"})


def _moved_to_contract(c: str, k: Calendar) -> Made:
    """Ends a few days before a contract by hand begins (`contracts`)."""
    life = cancel_now(_pro(c, k.day(100)), epoch(moved_at(k.clock)) - GAP_DAYS * DAY + 9 * HOUR)
    return _one(life, metadata={"app_customer_id": MOVED_APP_ID})


def _trialing_now(c: str, k: Calendar) -> Made:
    return _one(_pro(c, k.ago(6), trial_days=14))


def _steady(price: str, months: int) -> Maker:
    def make(c: str, k: Calendar) -> Made:
        return _one(plain(c, 1, price, add_interval(k.ago(2), "month", -months)))

    return make


SITUATIONS: Final[Mapping[str, Maker]] = {
    "plain_monthly": lambda c, k: _one(_pro(c, k.day(3))),
    "annual": lambda c, k: _one(plain(c, 1, "price_pro_year", k.day(4))),
    "weekly": lambda c, k: _one(plain(c, 1, "price_starter_week", k.day(6))),
    "every_three_months": lambda c, k: _one(plain(c, 1, "price_pro_quarter", k.day(7))),
    "trial_converted": lambda c, k: _one(_pro(c, k.day(11), trial_days=14)),
    "trial_lapsed": _trial_lapsed,
    "trial_first_payment_failed": _trial_payment_failed,
    "trialing_now": _trialing_now,
    "seats_up_and_down": _seats,
    "upgrade": _upgrade,
    "downgrade_with_balance": _downgrade,
    "monthly_to_annual": _interval_change,
    "price_increase": _price_increase,
    "coupon_forever_percent": _with_coupon("FOREVER20", "price_pro_month"),
    "coupon_repeating": _with_coupon("LAUNCH50", "price_pro_month", 3),
    "coupon_once_monthly": _with_coupon("FIRST30", "price_pro_month"),
    "coupon_once_annual": _with_coupon("FIRST30", "price_pro_year"),
    "coupon_once_amount": _with_coupon("WELCOME", "price_pro_month"),
    "coupon_forever_amount": _with_coupon("TENOFF", "price_pro_month"),
    "coupon_amount_annual": _with_coupon("YEAROFF", "price_pro_year"),
    "coupon_on_item": _item_coupon,
    "coupon_for_a_product": _product_coupon,
    "promotion_code": _promotion_code,
    "deleted_coupon": _deleted_coupon,
    "tax_inclusive": _tax("price_pro_vat"),
    "tax_exclusive": _tax("price_pro_net"),
    "currency_eur": _currency("eur"),
    "currency_gbp": _currency("gbp"),
    "currency_jpy": _currency("jpy"),
    "currency_kwd": _currency("kwd"),
    "currency_two_items": _two_currencies_item,
    "tiers_graduated": _graduated,
    "tiers_volume": _volume,
    "transform_quantity": _blocks,
    "metered": _metered,
    "metered_ended": _metered_ended,
    "credits_on_usage": _credits_applied,
    "pause_void": _paused("void"),
    "pause_uncollectible": _paused("mark_uncollectible"),
    "pause_keep_as_draft": _paused("keep_as_draft"),
    "pause_with_upgrade": _paused_change,
    "pause_then_cancel": _paused_ended,
    "paused_after_trial": _trial_paused,
    "paused_status": _status_paused,
    "cancel_at_period_end": _cancel_at_end,
    "cancel_scheduled_ahead": _scheduled_churn,
    "cancel_at_once": _cancel_now,
    "past_due_recovered": _recovered,
    "past_due_now": _past_due_now,
    "unpaid_then_paid": _unpaid_paid,
    "uncollectible": _uncollectible,
    "dunning_void": _dunning_void,
    "incomplete_expired": _incomplete_expired,
    "incomplete_then_paid": _incomplete_paid,
    "send_invoice": _sent,
    "send_invoice_overdue": _sent_overdue,
    "free_to_paid_and_back": _free_paid_free,
    "reactivation": _reactivated,
    "two_subscriptions": _two_subscriptions,
    "schedule_phases": _schedule,
    "schedule_ahead": _schedule_ahead,
    "backdated": _backdated,
    "credit_pack": _credit_pack,
    "invoice_item": _invoice_item,
    "credit_note": _fate(credit_note_share=Fraction(1, 4)),
    "refund_full": _fate(refund=Refund(3 * DAY)),
    "refund_partial": _fate(refund=Refund(5 * DAY, Fraction(2, 5))),
    "refund_with_credit_note": _fate(refund=Refund(4 * DAY, Fraction(1, 2), True)),
    "dispute_won": _fate(dispute=Dispute(9 * DAY, 50 * DAY, True)),
    "dispute_lost": _fate(dispute=Dispute(9 * DAY, 60 * DAY, False)),
    "dispute_open": _dispute_open,
    "deleted_customer": _deleted,
    "deleted_customer_lately": _deleted_lately,
    "more_than_ten_items": _many_items,
    "archived_price": _archived_price,
    "same_day_swap": _swap,
    "same_day_new_subscription": _new_subscription_same_day,
    "gone_in_a_month": _gone_in_a_month,
    "prorations_on_next_invoice": _pending_prorations,
    "no_prorations": _no_prorations,
    "renamed_customer": _renamed,
    "app_customer_id": _app_id,
    "planted_unprofitable_1": _steady("price_starter_month", 7),
    "planted_unprofitable_2": _steady("price_starter_month", 6),
    "planted_unprofitable_3": _steady("price_pro_month", 5),
    "planted_spike_1": _steady("price_business_month", 9),
    "planted_spike_2": _steady("price_business_month", 8),
    "planted_drop_1": _steady("price_business_month", 9),
    "planted_drop_2": _steady("price_business_month", 8),
    "planted_anomaly_1": _steady("price_business_month", 9),
    "planted_upsell_1": _steady("price_starter_month", 9),
    "planted_upsell_2": _steady("price_starter_month", 8),
    "planted_upsell_3": _steady("price_starter_month", 6),
    "moved_to_contract": _moved_to_contract,
}


#: Partners of firms; two of them name a scripted customer, as real firms are named.
_PARTNERS: Final = (
    "Alder",
    "Bray",
    "Calloway",
    "Dunmore",
    "Everly",
    "Finch",
    "Grantham",
    "Hollis",
    "Ives",
    "Jessop",
    "Kemble",
)


def firm_name(place: int) -> str:
    """The name of the `place`th scripted customer; each of the first 110 has its own."""
    first, second = place % len(_PARTNERS), place // len(_PARTNERS) + 1
    return f"{_PARTNERS[first]} & {_PARTNERS[(first + second) % len(_PARTNERS)]}"


def situation_accounts(calendar: Calendar) -> Iterator[tuple[str, CustomerAccount]]:
    """The scripted customers by situation."""
    for place, (name, make) in enumerate(SITUATIONS.items()):
        customer = f"cus_{name}"
        made = make(customer, calendar)
        first = min(life.recorded_at for life in made.lives)
        more: dict[str, Any] = dict(made.more or {})
        metadata = {"acquisition_channel": "partner", **more.pop("metadata", {})}
        yield (
            name,
            CustomerAccount(
                id=customer,
                created=first - HOUR,
                name=firm_name(place),
                email=f"billing@{firm_name(place).lower().replace(' & ', '-')}.example",
                currency=made.currency,
                metadata=metadata,
                lives=made.lives,
                **more,
            ),
        )

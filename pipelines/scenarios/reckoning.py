"""Plays a scenario on a month: costs and revenue once more, beside the books.

Everything is a difference to the books: a scenario without changes leaves them to the last decimal.
The cost of a row changes by the ratio of two prices of its own tokens, so that what the bill says
above or below the list stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from pipelines.published.questions.books import (
    NO_PLAN,
    Books,
    CostRow,
    Line,
    Rates,
    Tokens,
    last_month,
    read_books,
)
from pipelines.published.reader import Published
from pipelines.scenarios.files import (
    Batch,
    Cache,
    Change,
    PlanPrice,
    PriceChange,
    Scenario,
    ScenarioError,
    SwapModel,
)

LEVELS: Final = ("low", "mid", "high")
_NANO: Final = Decimal("0.000000001")
Model = tuple[str, str]


@dataclass
class _Part:
    """Part of a row's cost, and the model and tier it is now priced by."""

    model: Model
    cost: Decimal
    is_batch: bool = False


@dataclass
class _Deltas:
    """What a scenario adds to the books, by whom; and what it could not price."""

    cost: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    revenue: dict[tuple[str, str, str], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    not_repriced: Decimal = Decimal(0)
    touched: set[int] = field(default_factory=set)


def play(build: Published, scenario: Scenario) -> dict[str, Any]:
    """The scenario beside the books: total, features, customers, plans, break-evens, notes.

    Amounts are US dollars, decimals with 9 places. `scenario_*` is at the middle token factor,
    `margin_low` and `margin_high` are at the low and high factor.

    Raises:
        ScenarioError: it names what the build does not know.
    """
    month = scenario.month or last_month(build)
    days = sorted(
        {
            change.from_date
            for change in scenario.changes
            if isinstance(change, PriceChange) and change.from_date
        }
    )
    books = read_books(build, month, days)
    with localcontext() as context:
        context.prec = 60
        _check(books, scenario)
        deltas = {level: _deltas(books, scenario.changes, level, days) for level in LEVELS}
        return _told(books, scenario, deltas, days)


def _deltas(books: Books, changes: Sequence[Change], level: str, days: Sequence[date]) -> _Deltas:
    found = _Deltas()
    named = {
        place: [model for model in books.rates if _is(model, change.model)]
        for place, change in enumerate(changes)
        if isinstance(change, PriceChange)
    }
    for row in books.costs:
        play = _Play(books, row, level, found)
        for place, change in enumerate(changes):
            if isinstance(change, PriceChange):
                if not change.from_date or row.epoch > days.index(change.from_date):
                    play.change_price(change, named[place], place)
            elif not isinstance(change, PlanPrice) and change.feature in ("*", row.feature):
                play.change_calls(change, place)
        delta = sum((part.cost for part in play.parts), start=-row.cost)
        if delta:
            found.cost[(row.feature, row.customer)] += delta
    for place, change in enumerate(changes):
        if isinstance(change, PlanPrice):
            _change_plan(books, change, found, place)
    found.cost = {key: delta.quantize(_NANO) for key, delta in found.cost.items()}
    found.revenue = {key: delta.quantize(_NANO) for key, delta in found.revenue.items()}
    return found


class _Play:
    """A row of the books on its way through the changes."""

    def __init__(self, books: Books, row: CostRow, level: str, found: _Deltas) -> None:
        self.parts = [_Part((row.provider, row.model), row.cost)]
        self._books, self._level, self._found = books, level, found
        self._row = row
        self._tokens: Tokens | None = None
        self._changed: dict[Model, Rates] = {}

    def change_price(self, change: PriceChange, models: Sequence[Model], place: int) -> None:
        """From now on the models cost otherwise; what waits in batches keeps its own rates."""
        for model in models:
            before = self._rates(model)
            after = _new_rates(before, change)
            for part in self.parts:
                if part.model == model and not part.is_batch:
                    self._found.touched.add(place)
                    part.cost *= self._ratio(before, after, part)
            self._changed[model] = after

    def change_calls(self, change: SwapModel | Batch | Cache, place: int) -> None:
        """A share of the calls goes elsewhere."""
        parts = self.parts
        self.parts = []
        for part in parts:
            elsewhere = self._elsewhere(change, part)
            if elsewhere is None:
                self.parts.append(part)
                continue
            self._found.touched.add(place)
            share, moved = elsewhere
            self.parts.append(replace(part, cost=part.cost * (1 - share)))
            if moved:
                self.parts.append(moved)

    def _elsewhere(
        self, change: SwapModel | Batch | Cache, part: _Part
    ) -> tuple[Decimal, _Part | None] | None:
        """The share that goes, and what it costs there; None where the part stays as it is."""
        if isinstance(change, Cache):
            return change.hit_rate, None
        if isinstance(change, SwapModel):
            if not _is(part.model, change.source):
                return None
            target = _target(self._books, change.target, part.model[0])
            ratio = self._ratio(self._rates(part.model), self._rates(target), part)
            ratio *= getattr(change.token_factor, self._level)
            return change.share, _Part(target, part.cost * change.share * ratio)
        batch = self._books.batch_rates.get(part.model)
        if part.is_batch or batch is None:
            if not part.is_batch:
                self._found.not_repriced += part.cost
            return None
        ratio = self._ratio(self._rates(part.model), batch, part)
        share = change.eligible_share
        return share, _Part(part.model, part.cost * share * ratio, is_batch=True)

    def _rates(self, model: Model) -> Rates:
        return self._changed.get(model) or self._books.rates.get(model) or Rates()

    def _ratio(self, before: Rates, after: Rates, part: _Part) -> Decimal:
        """Price after to price before of the row's tokens; 1, and noted, where one is unknown."""
        if self._tokens is None:
            self._tokens = self._books.mix(self._row)
        old, new = before.price(self._tokens), after.price(self._tokens)
        if not old or new is None:
            self._found.not_repriced += part.cost
            return Decimal(1)
        return new / old


def _new_rates(rates: Rates, change: PriceChange) -> Rates:
    if change.factor is not None:
        scaled = {
            name: None if rate is None else rate * change.factor
            for name, rate in vars(rates).items()
        }
        return Rates(**scaled)
    return replace(rates, **change.usd_per_million)


def _change_plan(books: Books, change: PlanPrice, found: _Deltas, place: int) -> None:
    """Revenue of the plan at its new price, less those who leave; they take their cost along."""
    earned: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (customer, plan, _), amount in books.revenue.items():
        earned[customer][plan] += amount
    for key, amount in books.revenue.items():
        if key[1] == change.plan:
            found.touched.add(place)
            now = amount + found.revenue[key]
            found.revenue[key] += now * (change.ratio * (1 - change.churn) - 1)
    if not change.churn:
        return
    costs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in books.costs:
        costs[(row.feature, row.customer)] += row.cost
    for (feature, customer), cost in costs.items():
        share = _shares(earned.get(customer, {})).get(change.plan, Decimal(0))
        if share:
            now = cost + found.cost.get((feature, customer), Decimal(0))
            found.cost[(feature, customer)] -= now * change.churn * share


def _shares(earned: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """A customer's plans by what each earned, as margin_by_plan_month shares cost."""
    positive = {plan: amount for plan, amount in earned.items() if amount > 0}
    total = sum(positive.values(), start=Decimal(0))
    return {plan: amount / total for plan, amount in positive.items()} if total else {}


def _is(model: Model, asked: str) -> bool:
    return asked in (model[1], f"{model[0]}/{model[1]}")


def _target(books: Books, asked: str, provider: str) -> Model:
    """The priced model that a swap goes to: of the provider before, if it has one by that name."""
    known = [model for model in books.rates if _is(model, asked)]
    own = [model for model in known if model[0] == provider]
    return (own or known)[0]


def _check(books: Books, scenario: Scenario) -> None:
    """Whether the build knows what the scenario names."""
    if not books.features and not books.customers:
        raise ScenarioError(
            f"Scenario {scenario.name}: the build has neither revenue nor cost in "
            f"{books.month:%Y-%m}; give another month (YYYY-MM), or none for the last complete one."
        )
    features = {line.key for line in books.features}
    for place, change in enumerate(scenario.changes, start=1):
        where = f"Scenario {scenario.name}, change {place}"
        if isinstance(change, PlanPrice):
            if change.plan not in {line.key for line in books.plans}:
                known = ", ".join(line.key for line in books.plans if line.key != NO_PLAN)
                raise ScenarioError(
                    f"{where}: plan {change.plan[:64]!r} earned nothing in "
                    f"{books.month:%Y-%m}; those that did: {known or 'none'}."
                )
            continue
        if isinstance(change, PriceChange):
            wanted = [("model", change.model)]
        else:
            wanted = [("to", change.target)] if isinstance(change, SwapModel) else []
            if change.feature != "*" and change.feature not in features:
                raise ScenarioError(
                    f"{where}: feature {change.feature[:64]!r} has neither revenue nor cost in "
                    f"{books.month:%Y-%m}; use one of {', '.join(sorted(features)) or 'none'} or *."
                )
        for name, model in wanted:
            providers = sorted({key[0] for key in books.rates if _is(key, model)})
            if not providers:
                raise ScenarioError(
                    f"{where}: {name} names the model {model[:64]!r}, which has no price; give it "
                    "one in seeds/llm_price_overrides.csv, or name a model of core.dim_ai_models."
                )
            used = {row.provider for row in books.costs}
            if name == "to" and len(providers) > 1 and not used & set(providers):
                raise ScenarioError(
                    f"{where}: several providers have the model {model[:64]!r}; write one of "
                    f"{', '.join(f'{provider}/{model}'[:80] for provider in providers)}."
                )


def _told(
    books: Books, scenario: Scenario, deltas: Mapping[str, _Deltas], days: Sequence[date]
) -> dict[str, Any]:
    plan_shares: dict[str, dict[str, Decimal]] = {}
    earned: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (customer, plan, _), amount in books.revenue.items():
        earned[customer][plan] += amount
    for customer, plans in earned.items():
        plan_shares[customer] = _shares(plans)

    def table(lines: Sequence[Line], kind: str) -> list[dict[str, Any]]:
        changes = {level: _by(found, kind, plan_shares) for level, found in deltas.items()}
        return [_row(line, changes) for line in lines]

    customers = table(books.customers, "customer")
    total = table([books.total], "all")[0]
    notes = [
        f"Change {place} touches nothing in {books.month:%Y-%m}."
        for place in range(1, len(scenario.changes) + 1)
        if place - 1 not in deltas["mid"].touched
    ]
    return {
        "scenario": scenario.name,
        "description": scenario.description,
        "month": books.month,
        "total": total,
        "features": table(books.features, "feature"),
        "customers": customers,
        "plans": table(books.plans, "plan"),
        "turned_profitable": [row["key"] for row in customers if row["turns"] == "profitable"],
        "turned_unprofitable": [row["key"] for row in customers if row["turns"] == "unprofitable"],
        "break_even": [
            _break_even(books, change, place, days)
            for place, change in enumerate(scenario.changes, start=1)
            if isinstance(change, SwapModel | PlanPrice)
        ],
        "not_repriced_usd": deltas["mid"].not_repriced.quantize(_NANO),
        "notes": [*notes, "Quality of answers is not modelled."],
    }


def _by(
    found: _Deltas, kind: str, plan_shares: Mapping[str, Mapping[str, Decimal]]
) -> dict[str, tuple[Decimal, Decimal]]:
    """What each feature, customer or plan earns and costs more."""
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    cost: dict[str, Decimal] = defaultdict(Decimal)
    for (customer, plan, feature), delta in found.revenue.items():
        named = {"feature": feature, "customer": customer, "plan": plan, "all": "all"}
        revenue[named[kind]] += delta
    for (feature, customer), delta in found.cost.items():
        if kind == "plan":
            shares = plan_shares.get(customer) or {NO_PLAN: Decimal(1)}
            for plan, share in shares.items():
                cost[plan] += delta * share
        else:
            cost[{"feature": feature, "customer": customer, "all": "all"}[kind]] += delta
    return {key: (revenue[key], cost[key]) for key in {*revenue, *cost}}


def _row(
    line: Line, changes: Mapping[str, Mapping[str, tuple[Decimal, Decimal]]]
) -> dict[str, Any]:
    nothing = (Decimal(0), Decimal(0))
    margins = {}
    for level, found in changes.items():
        more, costs_more = found.get(line.key, nothing)
        margins[level] = (line.revenue + more - line.cost - costs_more).quantize(_NANO)
    more, costs_more = changes["mid"].get(line.key, nothing)
    before = line.revenue - line.cost
    turns = None
    if before < 0 <= margins["mid"]:
        turns = "profitable"
    elif before >= 0 > margins["mid"]:
        turns = "unprofitable"
    return {
        "key": line.key,
        "name": line.name,
        "revenue_usd": line.revenue,
        "cost_usd": line.cost,
        "margin_usd": before,
        "scenario_revenue_usd": (line.revenue + more).quantize(_NANO),
        "scenario_cost_usd": (line.cost + costs_more).quantize(_NANO),
        "scenario_margin_usd": margins["mid"],
        "margin_low_usd": min(margins.values()),
        "margin_high_usd": max(margins.values()),
        "turns": turns,
    }


def _break_even(books: Books, change: Change, place: int, days: Sequence[date]) -> dict[str, Any]:
    """Where one change alone neither gains nor loses: its token factor, or its churn.

    Both enter the margin in a straight line, so two points say where it crosses zero.
    """

    def gain(tried: Change) -> Decimal:
        found = _deltas(books, [tried], "mid", days)
        more = sum(found.revenue.values(), start=Decimal(0))
        return more - sum(found.cost.values(), start=Decimal(0))

    if isinstance(change, SwapModel):
        at, name = change.token_factor, "token_factor"

        def tried(value: int) -> Change:
            factor = Decimal(value)
            return replace(change, token_factor=replace(at, low=factor, mid=factor, high=factor))
    else:
        assert isinstance(change, PlanPrice)  # noqa: S101
        name = "churn_assumption"

        def tried(value: int) -> Change:
            return replace(change, churn=Decimal(value))

    first, second = gain(tried(0)), gain(tried(1))
    value = None
    if first != second:
        crossed = first / (first - second)
        if crossed >= 0 and (name == "token_factor" or crossed <= 1):
            value = round(crossed, 6)
    return {"change": place, "what": name, "value": value}

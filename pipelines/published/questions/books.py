"""A month as it was billed, asked from the published build: what a scenario starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

from pipelines.files import literal
from pipelines.published.questions.periods import add_months, month_of
from pipelines.published.reader import Published

NO_MODEL: Final = "__no_model__"
NO_PLAN: Final = "__no_plan__"


@dataclass(frozen=True)
class Tokens:
    """Tokens by kind; any unit, for only their mix counts."""

    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    output: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.cached_input + other.cached_input,
            self.cache_write + other.cache_write,
            self.output + other.output,
        )


@dataclass(frozen=True)
class Rates:
    """US dollars per million tokens; cached and written tokens without a rate are input."""

    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    output: Decimal | None = None

    def price(self, tokens: Tokens) -> Decimal | None:
        """What the tokens cost, times a million; None where a kind has no rate."""
        total = Decimal(0)
        for count, rate in (
            (tokens.input, self.input),
            (tokens.cached_input, self.input if self.cached_input is None else self.cached_input),
            (tokens.cache_write, self.input if self.cache_write is None else self.cache_write),
            (tokens.output, self.output),
        ):
            if count and rate is None:
                return None
            if count and rate is not None:
                total += count * rate
        return total


@dataclass(frozen=True)
class CostRow:
    """AI cost of a feature, customer, provider and model; `epoch` counts the given days passed."""

    feature: str
    customer: str
    provider: str
    model: str
    epoch: int
    cost: Decimal


@dataclass(frozen=True)
class Line:
    """A feature, customer or plan in the books, US dollars."""

    key: str
    name: str
    revenue: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Books:
    """A month of the published build."""

    month: date
    costs: Sequence[CostRow]
    tokens: Mapping[tuple[str, str, str, str], Tokens]
    rates: Mapping[tuple[str, str], Rates]
    batch_rates: Mapping[tuple[str, str], Rates]
    revenue: Mapping[tuple[str, str, str], Decimal]
    features: Sequence[Line]
    customers: Sequence[Line]
    plans: Sequence[Line]
    total: Line

    def mix(self, row: CostRow) -> Tokens:
        """Tokens of the row's calls; where no event tells, those of all calls of its model."""
        model = (row.provider, row.model)
        own = self.tokens.get((*model, row.feature, row.customer))
        return self.tokens_of_models.get(model, Tokens()) if own is None else own

    @cached_property
    def tokens_of_models(self) -> Mapping[tuple[str, str], Tokens]:
        """Tokens of all calls, by provider and model."""
        found: dict[tuple[str, str], Tokens] = defaultdict(Tokens)
        for key, tokens in self.tokens.items():
            found[key[:2]] += tokens
        return found


def last_month(build: Published) -> date:
    """The last month that is over at the build's clock."""
    return add_months(month_of(build.facts.as_of.date()), -1)


def read_books(build: Published, month: date, days: Sequence[date] = ()) -> Books:
    """The month as billed.

    Args:
        build: the published build.
        month: first day of the month.
        days: sorted days from which prices change; rows count how many have passed.
    """
    when = literal(month)
    tokens: dict[tuple[str, str, str, str], Tokens] = {}
    listed: dict[tuple[str, str, str], list[tuple[str, Decimal]]] = defaultdict(list)
    for row in build.rows(
        f"""\
select provider, model_id, feature_id, customer_id, uncached_input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, list_cost_usd
from unit_economics.llm_usage_by_customer_month
where month = {when}
order by provider, model_id, feature_id, customer_id"""
    ):
        who = (row["feature_id"], row["customer_id"])
        tokens[(row["provider"], row["model_id"], *who)] = Tokens(
            max(row["uncached_input_tokens"] or 0, 0),
            row["cached_input_tokens"] or 0,
            row["cache_write_tokens"] or 0,
            row["output_tokens"] or 0,
        )
        listed[(row["provider"], *who)].append((row["model_id"], row["list_cost_usd"]))
    rates, batch_rates = _rates(build)
    return Books(
        month,
        _costs(build, month, days, listed),
        tokens,
        rates,
        batch_rates,
        _revenue(build, month),
        _lines(
            build, month, "unit_economics.margin_by_feature_month",
            "feature_id", "core.dim_features", "feature_name",
        ),
        _lines(
            build, month, "unit_economics.margin_by_customer_month",
            "customer_id", "core.dim_customers", "customer_name",
        ),
        _lines(
            build, month, "unit_economics.margin_by_plan_month",
            "product_id", "core.dim_plans", "product_name",
        ),
        _total(build, month),
    )  # fmt: skip


def _costs(
    build: Published,
    month: date,
    days: Sequence[date],
    listed: Mapping[tuple[str, str, str], Sequence[tuple[str, Decimal]]],
) -> list[CostRow]:
    epoch = " + ".join(f"(cost_date >= {literal(day)})::int" for day in days) or "0"
    found: list[CostRow] = []
    for row in build.rows(
        f"""\
select feature_id, customer_id, provider, model_id, {epoch} as epoch,
    line_item = '__no_bill__' as is_without_bill, sum(cost_usd) as cost_usd
from core.fct_cost_attribution
where cost_kind = 'llm' and cost_date >= {literal(month)}
    and cost_date < {literal(add_months(month, 1))}
group by all
order by all"""
    ):
        who = (row["feature_id"], row["customer_id"])
        parts = [(row["model_id"], row["cost_usd"])]
        if row["is_without_bill"] and row["model_id"] == NO_MODEL:
            # An older build: its calls without a bill line name their model in the events only.
            parts = _shared(row["cost_usd"], listed.get((row["provider"], *who), ()))
        found += [
            CostRow(*who, row["provider"], model, row["epoch"], cost) for model, cost in parts
        ]
    return found


def _shared(cost: Decimal, listed: Sequence[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """A cost by list costs, to the last decimal: the last one takes what is left."""
    total = sum((amount for _, amount in listed), start=Decimal(0))
    if total <= 0:
        return [(NO_MODEL, cost)]
    parts, left = [], cost
    for model, amount in listed[:-1]:
        part = round(cost * amount / total, 9)
        parts.append((model, part))
        left -= part
    return [*parts, (listed[-1][0], left)]


def _rates(build: Published) -> tuple[dict[tuple[str, str], Rates], dict[tuple[str, str], Rates]]:
    standard: dict[tuple[str, str], Rates] = {}
    batch: dict[tuple[str, str], Rates] = {}
    for row in build.rows("select * from core.dim_ai_models order by provider, model_id"):
        key = (row["provider"], row["model_id"])
        for into, prefix in ((standard, ""), (batch, "batch_")):
            rates = Rates(
                row[f"{prefix}input_usd_per_million"],
                row[f"{prefix}cached_input_usd_per_million"],
                row[f"{prefix}cache_write_usd_per_million"],
                row[f"{prefix}output_usd_per_million"],
            )
            if rates != Rates():
                into[key] = rates
    return standard, batch


def _revenue(build: Published, month: date) -> dict[tuple[str, str, str], Decimal]:
    rows = build.rows(
        f"""\
select coalesce(customer_id, '__unattributed__') as customer_id,
    coalesce(product_id, '{NO_PLAN}') as product_id, feature_id, sum(revenue_usd) as revenue_usd
from core.fct_revenue_by_month
where month = {literal(month)} and revenue_usd <> 0
group by all
order by all"""
    )
    return {
        (row["customer_id"], row["product_id"], row["feature_id"]): row["revenue_usd"]
        for row in rows
    }


def _lines(build: Published, month: date, mart: str, key: str, names: str, name: str) -> list[Line]:
    rows = build.rows(
        f"""\
select margins.{key} as key, coalesce(names.name, margins.{key}) as name, revenue_usd, cost_usd
from {mart} as margins
left join (select {key}, max({name}) as name from {names} group by 1) as names using ({key})
where month = {literal(month)}
order by 1"""
    )
    return [Line(row["key"], row["name"], row["revenue_usd"], row["cost_usd"]) for row in rows]


def _total(build: Published, month: date) -> Line:
    rows = build.rows(
        "select revenue_usd, llm_cost_usd from unit_economics.profit_by_month "
        f"where month = {literal(month)}"
    )
    if not rows:
        return Line("all", "Company", Decimal(0), Decimal(0))
    return Line("all", "Company", rows[0]["revenue_usd"], rows[0]["llm_cost_usd"])

"""The company's month for the board report: movements, revenue, cost, margin, retention, forecast.

MRR, invoices and money are in the report currency and its time zone's months; earned revenue, cost
and margins are in US dollars and UTC months. Nothing is converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from pipelines.files import literal
from pipelines.published.questions.answers.spans import Payload
from pipelines.published.questions.periods import add_months
from pipelines.published.reader import Published

#: Months of a trend, the month itself included.
TREND_MONTHS: Final = 12
#: Rows at each end of a ranking.
RANKED: Final = 10
FORECAST: Final = "finance.forecast_by_month"
FORECAST_MOVEMENTS: Final = "finance.forecast_movements_by_month"


@dataclass(frozen=True)
class CompanyMonth:
    """What the questions are asked with. `month` is its first day."""

    build: Published
    month: date

    @property
    def following(self) -> date:
        """The first day of the month after."""
        return add_months(self.month, 1)

    def rows(self, sql: str) -> list[Payload]:
        """Rows of a statement in which [$month, $following) is the month, $first of the trend."""
        for name, day in (
            ("$month", self.month),
            ("$following", self.following),
            ("$first", add_months(self.month, 1 - TREND_MONTHS)),
        ):
            sql = sql.replace(name, literal(day))
        return self.build.rows(sql)

    def recurring(self) -> list[Payload]:
        """The months of `finance.mrr_movements_by_month` up to this one, oldest first."""
        return self.rows(
            "select * from finance.mrr_movements_by_month "
            "where month >= $first and month < $following order by month"
        )

    def profit(self) -> list[Payload]:
        """The months of `unit_economics.profit_by_month` up to this one, oldest first."""
        return self.rows(
            "select * from unit_economics.profit_by_month "
            "where month >= $first and month < $following order by month"
        )

    def revenue(self) -> list[Payload]:
        """The months of `finance.revenue_by_month` up to this one, oldest first."""
        return self.rows(
            "select * from finance.revenue_by_month "
            "where month >= $first and month < $following order by month"
        )

    def users(self) -> list[Payload]:
        """Active users and customers of this month and the one before, oldest first."""
        return self.rows(
            "select month, active_users, active_customers, usage_churn_rate "
            "from product.active_users_by_month "
            "where month >= cast($month as date) - interval 1 month and month < $following "
            "order by month"
        )

    def requests(self) -> Payload:
        """API requests of the month and their error rate."""
        return self.rows(
            """\
select
    cast(sum(calls) as bigint) as calls,
    cast(sum(errors) * 1.0 / nullif(sum(calls), 0) as decimal(38, 9)) as error_rate
from product.usage_by_endpoint_day
where date >= $month and date < $following"""
        )[0]

    def movers(self) -> list[Payload]:
        """Customers whose MRR moved most, exchange rates aside, the largest gain first."""
        return self.rows(
            f"""\
with moved as (
    select
        moves.customer_id,
        coalesce(names.customer_name, moves.customer_id) as customer,
        string_agg(
            distinct moves.movement_type, ', ' order by moves.movement_type
        ) as movements,
        sum(moves.mrr_change) as mrr_change
    from core.fct_mrr_movements as moves
    left join core.dim_customers as names on moves.customer_id = names.customer_id
    where
        moves.movement_date >= $month and moves.movement_date < $following
        and moves.movement_type <> 'fx'
    group by 1, 2
    having sum(moves.mrr_change) <> 0
),

ranked as (
    select
        *,
        row_number() over (order by mrr_change desc, customer_id) as from_top,
        row_number() over (order by mrr_change, customer_id) as from_bottom
    from moved
)

select customer_id, customer, movements, mrr_change
from ranked
where
    (mrr_change > 0 and from_top <= {RANKED}) or (mrr_change < 0 and from_bottom <= {RANKED})
order by mrr_change desc, customer_id"""
        )

    def bills(self) -> list[Payload]:
        """What each provider and account billed, by kind of cost, the dearest first.

        `not_final` is the part of it that may still change, `lines_without_rate` counts lines whose
        amount is not known in dollars.
        """
        return self.rows(
            """\
select
    provider,
    source_account,
    cost_kind,
    basis,
    sum(billed_usd) as billed_usd,
    coalesce(sum(billed_usd) filter (where not is_final), 0) as not_final_usd,
    sum(billed_usd - first_billed_usd) as restated_usd,
    cast(count(*) filter (where billed_usd is null) as bigint) as lines_without_rate
from core.fct_provider_costs
where cost_date >= $month and cost_date < $following
group by all
order by billed_usd desc nulls last, provider, source_account, cost_kind, basis"""
        )

    def features(self) -> list[Payload]:
        """Revenue, AI cost and margin by feature, the dearest first; placeholders are named."""
        return self.rows(
            """\
select
    margins.feature_id,
    coalesce(names.feature_name, margins.feature_id) as feature,
    coalesce(names.is_placeholder, starts_with(margins.feature_id, '__')) as is_placeholder,
    margins.revenue_usd, margins.cost_usd, margins.margin_usd, margins.margin_rate,
    margins.requests, margins.active_customers,
    margins.cost_usd - margins.other_kinds_cost_usd as llm_cost_usd,
    before.cost_usd - before.other_kinds_cost_usd as llm_cost_usd_before
from unit_economics.margin_by_feature_month as margins
left join unit_economics.margin_by_feature_month as before
    on
        margins.feature_id = before.feature_id
        and before.month = cast($month as date) - interval 1 month
left join core.dim_features as names on margins.feature_id = names.feature_id
where margins.month = $month
order by margins.cost_usd desc, margins.revenue_usd desc, margins.feature_id"""
        )

    def plans(self) -> list[Payload]:
        """Revenue, AI cost and margin by plan, the largest revenue first."""
        return self.rows(
            """\
select
    coalesce(names.product_name, margins.product_id) as plan,
    margins.customers, margins.revenue_usd, margins.cost_usd, margins.margin_usd,
    margins.margin_rate
from unit_economics.margin_by_plan_month as margins
left join core.dim_products as names on margins.product_id = names.product_id
where margins.month = $month
order by margins.revenue_usd desc, margins.cost_usd desc, margins.product_id"""
        )

    def best_customers(self) -> list[Payload]:
        """The customers with the largest margin after AI cost."""
        return self._customers("margins.margin_usd desc")

    def worst_customers(self) -> list[Payload]:
        """The customers with the smallest margin after AI cost, the smallest first."""
        return self._customers("margins.margin_usd")

    def _customers(self, order: str) -> list[Payload]:
        return self.rows(
            f"""\
select
    margins.customer_id,
    coalesce(names.customer_name, margins.customer_id) as customer,
    margins.revenue_usd, margins.cost_usd, margins.margin_usd, margins.margin_rate,
    margins.requests
from unit_economics.margin_by_customer_month as margins
left join core.dim_customers as names on margins.customer_id = names.customer_id
where margins.month = $month and not starts_with(margins.customer_id, '__')
order by {order}, margins.customer_id
limit {RANKED}"""
        )

    def cohorts(self) -> list[Payload]:
        """Each first-paid month of the trend as it stood at this month's end."""
        return self.rows(
            """\
select
    cohort_month, months_since, customers, retained_customers, first_mrr, mrr,
    logo_retention, gross_retention, net_retention
from finance.retention_by_cohort_month
where month = $month and cohort_month >= $first
order by cohort_month"""
        )

    def restated_since_closed(self) -> list[Payload]:
        """MRR measures of months up to this one that differ from when their month was closed."""
        return self.rows(
            """\
select month, measure, closed_value, current_value, restated_value, closed_at
from finance.mrr_month_closes
where is_restated and month < $following
order by month desc, measure"""
        )

    def forecast(self) -> list[Payload] | None:
        """Forecasts of months after this one; None where the build has no such mart."""
        if not self.build.has(FORECAST):
            return None
        return self.rows(
            f"""\
select metric, month, value, lower_80, upper_80, lower_95, upper_95, method, coverage_80,
    coverage_95, coverage_n
from {FORECAST}
where month >= $following
order by metric, month"""
        )

    def forecast_movements(self) -> list[Payload]:
        """What is expected to move MRR in months after this one; empty without a forecast."""
        if not self.build.has(FORECAST_MOVEMENTS):
            return []
        return self.rows(
            f"""\
select month, opening_mrr, new_mrr, expansion_mrr, reactivation_mrr + resume_mrr as returned_mrr,
    contraction_mrr, churn_mrr + pause_mrr as lost_mrr, closing_mrr
from {FORECAST_MOVEMENTS}
where month >= $following
order by month"""
        )

    def data_quality(self) -> Payload:
        """What stands apart: unexplained cost, objects that could not be judged, open alerts."""
        return self.rows(
            """\
select
    (
        select cast(sum(attributed_usd) / nullif(sum(billed_usd), 0) as decimal(38, 9))
        from monitoring.cost_reconciliation_by_day
        where date >= $month and date < $following
    ) as attributed_share,
    (select count(*) from monitoring.exceptions) as exceptions,
    (select count(*) from monitoring.alerts where status = 'open') as open_alerts,
    (
        select cast(
            sum(mrr) filter (where evidence in ('event', 'snapshot')) / nullif(sum(mrr), 0)
            as decimal(38, 9)
        )
        from monitoring.mrr_evidence_by_month
        where month = $month
    ) as evidenced_share"""
        )[0]

    def definitions(self, metrics: tuple[str, ...]) -> list[Payload]:
        """Title, meaning and formula of metrics of the dictionary, in the given order."""
        listed = ", ".join(literal(name) for name in metrics)
        found = {
            row["metric"]: row
            for row in self.rows(
                "select metric, title, meaning, formula from monitoring.kpi_definitions "
                f"where metric in ({listed})"
            )
        }
        return [found[name] for name in metrics if name in found]

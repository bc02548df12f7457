"""What moved between two days, and what there is to look at: the questions of a digest.

MRR is in the report currency, all else in US dollars. Periods are days, half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from pipelines.files import literal
from pipelines.published.questions.answers.spans import Payload, between
from pipelines.published.questions.measures import AI_COST
from pipelines.published.questions.periods import Period
from pipelines.published.reader import Published

FORECAST: Final = "finance.forecast_by_month"
#: Customers of one kind of movement that are named.
NAMED: Final = 5


@dataclass(frozen=True)
class WhatMoved:
    """What the questions are asked with: a build, the days, and days to compare with."""

    build: Published
    period: Period
    before: Period

    def recurring(self) -> Payload:
        """MRR and paying customers when the period ended, and MRR when it began."""
        rows = self.build.rows(
            f"""\
select
    arg_max(mrr, date) as mrr,
    arg_max(customers, date) as customers,
    arg_min(opening_mrr, date) as opening_mrr
from finance.mrr_by_day
where {between("date", self.period)}"""
        )
        return rows[0]

    def money(self) -> Payload:
        """Revenue earned and AI cost of the period and of the days to compare with.

        Null where the build never had any: that is unknown, and no zero.
        """
        now, before = between("date", self.period), between("date", self.before)
        return self.build.rows(
            f"""\
select
    case when bool_or(revenue_usd <> 0) then sum(revenue_usd) filter (where {now}) end
        as revenue_usd,
    case when bool_or(llm_cost_usd <> 0) then sum(llm_cost_usd) filter (where {now}) end
        as llm_cost_usd,
    sum(revenue_usd) filter (where {before}) as revenue_usd_before,
    sum(llm_cost_usd) filter (where {before}) as llm_cost_usd_before,
    coalesce(bool_or(is_provisional) filter (where {now}), false) as is_provisional
from unit_economics.profit_by_day"""
        )[0]

    def movements(self) -> list[Payload]:
        """Each kind of movement with its sum, and the customers that moved most; without `fx`."""
        return self.build.rows(
            f"""\
with moved as (
    select
        moves.movement_type,
        moves.customer_id,
        coalesce(names.customer_name, moves.customer_id) as customer,
        string_agg(distinct moves.reason, ', ' order by moves.reason) as reasons,
        sum(moves.mrr_change) as mrr_change
    from core.fct_mrr_movements as moves
    left join core.dim_customers as names on moves.customer_id = names.customer_id
    where {between("moves.movement_date", self.period)} and moves.movement_type <> 'fx'
    group by 1, 2, 3
),

placed as (
    select
        *,
        row_number() over (
            partition by movement_type order by abs(mrr_change) desc, customer_id
        ) as place,
        count(*) over (partition by movement_type) as customers,
        sum(mrr_change) over (partition by movement_type) as total
    from moved
)

select movement_type, customer_id, customer, reasons, mrr_change, customers, total
from placed
where place <= {NAMED}
order by abs(total) desc, movement_type, place"""
        )

    def forecast(self, month: date) -> list[Payload]:
        """What MRR, revenue, AI cost and margin are expected to be in a month, with bounds."""
        if not self.build.has(FORECAST):
            return []
        return self.build.rows(
            f"""\
select metric, month, value, lower_80, upper_80, currency
from {FORECAST}
where month = {literal(month)} and value is not null
order by
    case metric
        when 'mrr' then 1 when 'recognised_revenue' then 2 when 'llm_cost' then 3 else 4
    end"""
        )

    def features(self) -> list[Payload]:
        """AI cost and LLM calls of each feature in both periods, the largest change first."""
        now, before = between("date", self.period), between("date", self.before)
        return self.build.rows(
            f"""\
with costs as (
    select
        date, feature_id, calls, cache_hits,
        {AI_COST} as cost_usd
    from unit_economics.cost_by_feature_day
),

summed as (
    select
        feature_id,
        coalesce(sum(cost_usd) filter (where {now}), 0) as cost_usd,
        coalesce(sum(cost_usd) filter (where {before}), 0) as cost_usd_before,
        coalesce(sum(calls - cache_hits) filter (where {now}), 0) as calls,
        coalesce(sum(calls - cache_hits) filter (where {before}), 0) as calls_before
    from costs
    group by 1
)

select
    summed.feature_id,
    coalesce(names.feature_name, summed.feature_id) as feature,
    summed.cost_usd,
    summed.cost_usd_before,
    cast(summed.calls as bigint) as calls,
    cast(summed.calls_before as bigint) as calls_before
from summed
left join core.dim_features as names on summed.feature_id = names.feature_id
where summed.cost_usd <> summed.cost_usd_before
order by abs(summed.cost_usd - summed.cost_usd_before) desc, summed.feature_id"""
        )

    def has_cost_before(self) -> bool:
        """Whether the build knows any AI cost before the period: else nothing can have moved."""
        return bool(
            self.build.rows(
                "select 1 from unit_economics.cost_by_feature_day "
                f"where date < {literal(self.period.start)} limit 1"
            )
        )

    def open_alerts(self) -> list[Payload]:
        """Alerts that are open, the critical ones first."""
        return self.build.rows(
            """\
select alert_id, dimension, dimension_value, period_start, severity, message
from monitoring.alerts
where status = 'open'
order by severity, first_seen_at desc, alert_id, dimension_value"""
        )

    def findings(self) -> list[Payload]:
        """Findings about customers and features, the newest first."""
        return self.build.rows(
            """\
select insight_id, insight_type, subject_type, subject_id, message
from monitoring.insights
order by period_start desc, insight_type, subject_id"""
        )

    def left_out(self) -> list[Payload]:
        """Objects that were left out of a sum or could not be judged."""
        return self.build.rows(
            "select exception_id, area, reason from monitoring.exceptions order by exception_id"
        )

    def stale_sources(self) -> list[Payload]:
        """Sources that were loaded once and not lately."""
        return self.build.rows(
            """\
select source, source_name, last_synced_at, hours_since_sync
from monitoring.load_freshness_by_source
where is_stale and last_synced_at is not null
order by source"""
        )

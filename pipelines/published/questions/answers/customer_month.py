"""One customer's month for its report: money, use, speed, plan, findings, and the months before.

Amounts are as the marts have them: MRR in the report currency, all else in US dollars but for
invoices and subscriptions, which say theirs. Each answer is exact; nothing is converted.
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
#: Endpoints, findings and the like of one list.
MOST_ROWS: Final = 40
#: Near matches for an id that nobody has.
NEAR_MATCHES: Final = 5


@dataclass(frozen=True)
class CustomerMonth:
    """What the questions are asked with. `month` is its first day."""

    build: Published
    customer_id: str
    month: date

    @property
    def following(self) -> date:
        """The first day of the month after."""
        return add_months(self.month, 1)

    def rows(self, sql: str) -> list[Payload]:
        """Rows of a statement in which $who is the customer, [$month, $following) the month."""
        filled = sql.replace("$month", literal(self.month))
        filled = filled.replace("$following", literal(self.following))
        # the id last: whatever stands in it is not looked at again
        return self.build.rows(filled.replace("$who", literal(self.customer_id)))

    def identity(self) -> Payload | None:
        """Who the customer is now; None where nobody has the id."""
        found = self.rows(
            """\
select
    known.customer_id,
    coalesce(known.customer_name, known.customer_id) as customer_name,
    known.billing_provider,
    known.country,
    known.acquisition_channel,
    cast(known.created_at as date) as created_on,
    now.status,
    now.plan,
    now.first_paid_date,
    health.health,
    health.score as health_score,
    health.reasons as health_reasons
from core.dim_customers as known
left join finance.customers as now on known.customer_id = now.customer_id
left join product.customer_health as health on known.customer_id = health.customer_id
where known.customer_id = $who and not starts_with(known.customer_id, '__')"""
        )
        return found[0] if found else None

    def months(self) -> list[Payload]:
        """The month and those before it, oldest first, from the first with any data on.

        Money and use are null where the marts have no row: nothing is known of them. LLM calls are
        those that reached a provider.
        """
        first = literal(add_months(self.month, 1 - TREND_MONTHS))
        return self.rows(
            f"""\
with calendar as (
    select cast(day as date) as month
    from generate_series(cast({first} as timestamp), cast($month as timestamp), interval 1 month)
    as days (day)
),

used as (
    select
        cast(date_trunc('month', date) as date) as month,
        cast(sum(calls) as bigint) as calls,
        cast(sum(errors) as bigint) as errors,
        bool_or(is_provisional) as is_provisional
    from product.usage_by_customer_day
    where customer_id = $who and date >= {first} and date < $following
    group by 1
),

together as (
    select
        calendar.month,
        mrr.mrr,
        margins.revenue_usd,
        margins.cost_usd,
        margins.margin_usd,
        margins.margin_rate,
        margins.cost_usd_per_request,
        used.calls,
        used.errors,
        cast(used.errors * 1.0 / nullif(used.calls, 0) as decimal(38, 9)) as error_rate,
        margins.requests as llm_calls,
        coalesce(mrr.is_provisional, false) or coalesce(margins.is_provisional, false)
            or coalesce(used.is_provisional, false) as is_provisional,
        mrr.month is not null or margins.month is not null or used.month is not null as is_known
    from calendar
    left join finance.mrr_by_customer_month as mrr
        on calendar.month = mrr.month and mrr.customer_id = $who
    left join unit_economics.margin_by_customer_month as margins
        on calendar.month = margins.month and margins.customer_id = $who
    left join used on calendar.month = used.month
)

select * exclude (is_known)
from together
where month >= (select min(month) from together where is_known)
order by month"""
        )

    def days(self) -> list[Payload]:
        """Every day of the month up to the build's clock; null where the customer did nothing."""
        last = min(self.build.facts.as_of.date(), self.following)
        return self.rows(
            f"""\
select
    cast(day as date) as date,
    used.calls,
    used.errors,
    used.llm_calls,
    used.mean_response_time_ms,
    used.p95_response_time_ms,
    used.peak_hour,
    used.top_endpoint
from generate_series(
    cast($month as timestamp), cast($following as timestamp) - interval 1 day, interval 1 day
) as days (day)
left join product.usage_by_customer_day as used
    on used.customer_id = $who and used.date = cast(day as date)
where cast(day as date) <= {literal(last)}
order by 1"""
        )

    def usage(self) -> Payload:
        """Sums of the month's use; `peak_hour` is the hour that was most often a day's peak, the
        score is by the mean and error rate of all requests together."""
        return self.rows(
            f"""\
with summed as (
    select
        count(*) as days_with_use,
        cast(sum(calls) as bigint) as calls,
        cast(sum(successes) as bigint) as successes,
        cast(sum(errors) as bigint) as errors,
        cast(sum(errors) * 1.0 / nullif(sum(calls), 0) as decimal(38, 9)) as error_rate,
        cast(
            sum(mean_response_time_ms * timed_calls) / nullif(sum(timed_calls), 0)
            as decimal(38, 3)
        ) as mean_response_time_ms,
        cast(sum(llm_calls) as bigint) as llm_calls,
        cast(sum(feature_uses) as bigint) as feature_uses,
        cast(sum(logins) as bigint) as logins,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        mode(peak_hour order by peak_hour) as peak_hour
    from product.usage_by_customer_day
    where customer_id = $who and date >= $month and date < $following
)

select *, {performance_score("mean_response_time_ms", "error_rate")} as score
from summed"""
        )[0]

    def endpoints(self) -> list[Payload]:
        """Endpoints by calls. Means are of the month; `p95_worst_day_ms` is the slowest day's p95,
        since percentiles of days make none of a month; the score is by the mean and error rate."""
        return self.rows(
            f"""\
with summed as (
    select
        endpoint,
        cast(sum(calls) as bigint) as calls,
        cast(sum(errors) as bigint) as errors,
        cast(sum(errors) * 1.0 / nullif(sum(calls), 0) as decimal(38, 9)) as error_rate,
        cast(
            sum(mean_response_time_ms * timed_calls) / nullif(sum(timed_calls), 0)
            as decimal(38, 3)
        ) as mean_response_time_ms,
        max(p95_response_time_ms) as p95_worst_day_ms
    from product.usage_by_customer_endpoint_day
    where customer_id = $who and date >= $month and date < $following
    group by 1
)

select *, {performance_score("mean_response_time_ms", "error_rate")} as score
from summed
order by calls desc, endpoint
limit {MOST_ROWS}"""
        )

    def allowance(self) -> Payload:
        """Plan, allowance, overage and what is recommended; empty without events or plan."""
        found = self.rows(
            """\
select
    limits.*,
    coalesce(plans.product_name, limits.product_id) as plan,
    coalesce(advised.product_name, limits.recommended_product_id) as recommended_plan
from product.allowance_by_customer_month as limits
left join core.dim_products as plans on limits.product_id = plans.product_id
left join core.dim_products as advised on limits.recommended_product_id = advised.product_id
where limits.customer_id = $who and limits.month = $month"""
        )
        return found[0] if found else {}

    def subscriptions(self) -> list[Payload]:
        """What was subscribed to when the month ended (or at the clock), each in its currency."""
        return self.rows(
            f"""\
select
    coalesce(products.product_name, stretches.product_id) as product,
    stretches.quantity,
    stretches.earning_state,
    stretches.gross_mrr,
    stretches.discount_mrr,
    stretches.tax_mrr,
    stretches.mrr,
    upper(stretches.native_currency) as currency
from core.fct_mrr_segments as stretches
left join core.dim_products as products on stretches.product_id = products.product_id
where
    stretches.customer_id = $who
    and stretches.earning_state <> 'ended'
    and stretches.valid_from < cast($following as timestamp)
    and coalesce(stretches.valid_to, timestamp '9999-01-01') >= least(
        cast($following as timestamp), {literal(self.build.facts.as_of)}
    )
order by stretches.mrr desc, product, stretches.subscription_item_id
limit {MOST_ROWS}"""
        )

    def cost_by_feature(self) -> list[Payload]:
        """AI cost by feature, with list cost beside it, the dearest first."""
        return self._cost_by("coalesce(names.feature_name, costs.feature_id)", "feature")

    def cost_by_model(self) -> list[Payload]:
        """AI cost by model, the dearest first."""
        return self._cost_by("coalesce(costs.model_id, '__no_model__')", "model")

    def _cost_by(self, key: str, name: str) -> list[Payload]:
        return self.rows(
            f"""\
select {key} as {name}, sum(costs.cost_usd) as cost_usd, sum(costs.list_cost_usd) as list_cost_usd
from core.fct_cost_attribution as costs
left join core.dim_features as names on costs.feature_id = names.feature_id
where
    costs.customer_id = $who and costs.cost_kind = 'llm'
    and costs.cost_date >= $month and costs.cost_date < $following
group by 1
order by 2 desc, 1
limit {MOST_ROWS}"""
        )

    def movements(self) -> list[Payload]:
        """What moved the customer's MRR in the month, in the order of days."""
        return self.rows(
            f"""\
select movement_date, movement_type, reason, mrr_change
from core.fct_mrr_movements
where customer_id = $who and movement_date >= $month and movement_date < $following
order by movement_date, movement_type
limit {MOST_ROWS}"""
        )

    def findings(self) -> list[Payload]:
        """Findings about the customer whose period began in the month, the newest first."""
        return self.rows(
            f"""\
select insight_type, period_start, message
from monitoring.insights
where
    subject_type = 'customer' and subject_id = $who
    and period_start >= $month and period_start < $following
order by period_start desc, insight_type
limit {MOST_ROWS}"""
        )


def performance_score(mean: str, error_rate: str) -> str:
    """SQL of the score of `macros/metrics/performance.sql`: half for speed, half for errors."""
    return f"""\
case
        when {mean} is null or {error_rate} is null then null
        else
            case
                when {mean} < 500 then 50 when {mean} < 1000 then 40 when {mean} < 2000 then 30
                else 20
            end
            + case
                when {error_rate} < 0.01 then 50 when {error_rate} < 0.05 then 40
                when {error_rate} < 0.10 then 30 else 20
            end
    end"""


def near_matches(build: Published, text: str) -> list[Payload]:
    """Customers whose id or name is most like a text: customer_id and customer_name."""
    wanted = literal(text.lower())
    return build.rows(
        f"""\
select
    customer_id,
    customer_name,
    greatest(
        jaro_winkler_similarity(lower(customer_id), {wanted}),
        jaro_winkler_similarity(lower(coalesce(customer_name, '')), {wanted}),
        case
            when contains(lower(customer_id), {wanted})
                or contains(lower(coalesce(customer_name, '')), {wanted}) then 1
            else 0
        end
    ) as likeness
from core.dim_customers
where not starts_with(customer_id, '__')
order by likeness desc, customer_id
limit {NEAR_MATCHES}"""
    )

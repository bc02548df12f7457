"""The guided tour of the demo company: the numbers that its steps tell, from the build on show."""

from __future__ import annotations

from typing import Final

from pipelines.files import literal
from pipelines.published.questions.briefing import has
from pipelines.published.questions.core import CUSTOMERS
from pipelines.published.reader import Answer, Published

#: Of this customer the tour tells; only the demo company has it.
LOSER: Final = "cus_planted_unprofitable_1"
#: The feature that loses money since its model was changed.
LOSING_FEATURE: Final = "code"
#: The month in which the small plan became dearer.
DEARER: Final = "2026-06-01"


def is_demo(build: Published) -> bool:
    """Whether the build tells of the demo company: it alone has the tour's customer."""
    if not has(build, CUSTOMERS, "customer_id", "customer_name"):
        return False
    return bool(build.rows(f"select 1 from {CUSTOMERS} where customer_id = {literal(LOSER)}"))


def facts(build: Published) -> Answer:
    """What the tour tells of the demo company, in one row.

    Columns: loser (its name), loser_revenue, loser_cost, feature_revenue, feature_cost, share,
    highest_share (AI cost per dollar of revenue), highest_month, left_when_dearer (churn rate of
    the month in which the small plan became dearer), month. Dollars and shares of the last whole
    month; null where the build has nothing to tell of it.
    """
    sql = f"""\
with months as (
    select month, llm_cost_to_revenue
    from unit_economics.profit_by_month
    where month < (select date_trunc('month', max(date)) from finance.mrr_by_day)
),
last_month as (
    select max(month) as month from months
)
select
    customers.customer_name as loser,
    margins.revenue_usd as loser_revenue,
    margins.cost_usd as loser_cost,
    features.revenue_usd as feature_revenue,
    features.cost_usd as feature_cost,
    (select llm_cost_to_revenue from months where month = last_month.month) as share,
    (
        select max(llm_cost_to_revenue) from months
        where month >= last_month.month - interval '6 months'
    ) as highest_share,
    (
        select arg_max(month, llm_cost_to_revenue) from months
        where month >= last_month.month - interval '6 months'
    ) as highest_month,
    (
        select max(customer_churn_rate) from finance.mrr_movements_by_month
        where month = date {literal(DEARER)}
    ) as left_when_dearer,
    last_month.month
from {CUSTOMERS} as customers
cross join last_month
left join unit_economics.margin_by_customer_month as margins
    on customers.customer_id = margins.customer_id and margins.month = last_month.month
left join unit_economics.margin_by_feature_month as features
    on features.feature_id = {literal(LOSING_FEATURE)} and features.month = last_month.month
where customers.customer_id = {literal(LOSER)}"""
    return Answer(build.table(sql), sql, CUSTOMERS, "customer")

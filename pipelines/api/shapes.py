"""What answers look like: money and rates are decimal strings, a null is explained in `reasons`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema


def _moment(value: datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


#: A decimal as text, without exponent: nothing is lost on the way.
Dec = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["99.000000000"]}),
]
#: A time in UTC.
Moment = Annotated[
    datetime,
    PlainSerializer(_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

D = Dec | None
N = int | None
S = str | None
Day = date | None


class Shape(BaseModel):
    """Part of an answer; a field that the shape does not know is a mistake of ours."""

    model_config = ConfigDict(extra="forbid")


class Days(Shape):
    """The days of an answer, both included."""

    start: date
    end: date


class Envelope(Shape):
    """What every answer says beside its numbers."""

    build: str = Field(description="The build that all numbers of this answer are of.")
    as_of: Moment = Field(description="The clock of the build: nothing after it is counted.")
    currency: str = Field(description="Currency of all amounts, unless an entry has its own.")
    timezone: str = Field(description="Zone of days and months of revenue; AI cost has UTC days.")
    is_provisional: bool = Field(description="Whether days are in it that may still change.")
    period: Days | None = Field(description="The days asked for; null where none were.")
    definitions: dict[str, str] = Field(description="Links to what the metrics mean.")
    reasons: dict[str, str] = Field(description="Why a field is null, by its path.")


class Problem(BaseModel):
    """An error, as RFC 9457 says."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    parameter: str | None = None
    instance: str | None = None


class Money(Shape):
    """Revenue, AI cost and what is left."""

    revenue: D
    cost: D
    net_profit: D = Field(description="revenue less AI cost")
    margin: D = Field(description="net_profit / revenue")


class FeatureUse(Shape):
    """How a feature was used."""

    llm_calls: N
    api_requests: N
    uses: N


class Feature(Money):
    """A feature over the period."""

    feature_id: str
    name: str
    is_placeholder: bool
    usage: FeatureUse
    badges: list[str]


class Point(Money):
    """A day, week or month."""

    date: date
    is_provisional: bool


class Insight(Shape):
    """A finding."""

    insight_type: str
    subject_type: str
    subject_id: str
    subject_name: S
    period_grain: S
    period_start: Day
    value: D
    expected: D
    threshold: D
    sample_size: N
    message: S


class AlertCounts(Shape):
    """Open alerts."""

    total: int
    critical: int
    warning: int


class Dashboard(Envelope, Money):
    """The company over a period."""

    features: list[Feature]
    timeseries: list[Point]
    alerts_open: AlertCounts
    insights: list[Insight]


class Features(Envelope):
    """All features."""

    features: list[Feature]


class Timeseries(Envelope):
    """The company by day, week or month."""

    grain: str
    timeseries: list[Point]


class SourceState(Shape):
    """When a source was loaded."""

    source: str
    source_name: S
    last_synced_at: Moment | None
    last_loaded_at: Moment | None
    hours_since_sync: D
    newest_data_date: Day
    is_stale: bool | None
    missing_setting: S


class Health(Envelope):
    """Whether the service answers, on which build, and how old its data are."""

    status: str
    published_at: Moment
    stale: list[str]
    is_stale: bool
    sources: list[SourceState]


class ListedCustomer(Money):
    """A customer of the list; money is that of the period, MRR that of now."""

    customer_id: str
    name: S
    plan: S
    status: S
    mrr: D
    health: S
    last_seen: Day
    acquisition_channel: S
    country: S
    billing_provider: S


class Customers(Envelope):
    """One page of customers."""

    customers: list[ListedCustomer]
    next_cursor: S = Field(description="Hand it in as `cursor` for the next page; null at the end.")


class Customer(Envelope, ListedCustomer):
    """One customer."""

    email_domain: S
    billing_currency: S
    created_at: Moment | None
    signed_up_at: Moment | None
    is_deleted: bool | None
    is_delinquent: bool | None
    app_customer_id: S
    source_account: S
    native_id: S


class UsageDay(Shape):
    """A customer's day."""

    date: date
    calls: N
    successful_calls: N
    failed_calls: N
    error_rate: D
    mean_response_time_ms: D
    p95_response_time_ms: D
    peak_hour: N
    top_endpoint: S
    llm_calls: N
    feature_uses: N
    input_tokens: N
    output_tokens: N
    is_provisional: bool


class CustomerEndpoint(Shape):
    """A customer's endpoint."""

    endpoint: S
    calls: N
    errors: N
    error_rate: D
    mean_response_time_ms: D
    p95_response_time_ms: D


class CustomerUsage(Envelope):
    """A customer's calls."""

    customer_id: str
    total_calls: N
    successful_calls: N
    failed_calls: N
    llm_calls: N
    success_rate: D
    mean_response_time_ms: D
    p95_response_time_ms: D
    peak_hour: N
    top_endpoint: S
    days: list[UsageDay]
    endpoints: list[CustomerEndpoint] | None


class Recommendation(Shape):
    """What the month's use suggests, and why."""

    month: date
    recommendation: str
    recommended_product_id: S
    reason: S


class CostMonth(Shape):
    """A customer's month."""

    month: date
    product_id: S
    plan: S
    is_trial: bool | None
    calls: N
    allowance: N
    allowance_used: D
    overage_calls: N
    overage_cost: D
    ai_cost: D
    cost_per_call: D
    recommendation: S
    recommended_product_id: S
    reason: S
    is_provisional: bool


class CustomerCost(Envelope):
    """A customer's plan, allowance and AI cost; plan and allowance are of the newest month."""

    customer_id: str
    plan: S
    base_price: D = Field(description="MRR now")
    calls: N
    allowance: N
    allowance_used: D
    overage_calls: N
    overage_cost: D
    revenue: D
    ai_cost: D
    total_cost: D
    cost_per_call: D
    margin: D
    recommendations: list[Recommendation]
    months: list[CostMonth]


class CustomerPerformance(Envelope):
    """A customer's endpoints."""

    customer_id: str
    endpoints: list[CustomerEndpoint] | None
    overall_score: N
    insights: list[Insight]


class Movement(Shape):
    """A movement of MRR."""

    movement_date: date
    movement_type: str
    mrr_change: D
    currency: S
    reason: S


class CustomerMovements(Envelope):
    """A customer's movements of MRR."""

    customer_id: str
    movements: list[Movement]


class Invoice(Shape):
    """An invoice in its own currency."""

    invoice_id: str
    invoice_date: Day
    status: S
    currency: S
    net_amount: D
    tax_amount: D
    lines: int


class CustomerInvoices(Envelope):
    """A customer's invoices."""

    customer_id: str
    invoices: list[Invoice]


class CustomerInsights(Envelope):
    """What was found about a customer."""

    customer_id: str
    insights: list[Insight]


class ModelUse(Shape):
    """A model's calls."""

    provider: S
    model_id: S
    calls: N
    input_tokens: N
    output_tokens: N
    total_tokens: N
    cost: D


class LlmUsage(Envelope):
    """LLM calls and tokens."""

    total_calls: N
    cache_hits: N
    input_tokens: N
    output_tokens: N
    total_tokens: N
    unpriced_calls: N
    top_models: list[ModelUse]
    total_cost: D
    average_cost_per_call: D


class Basis(Shape):
    """How much of the cost a bill states."""

    billed: D
    estimated: D


class ProviderCost(Shape):
    """A provider's AI cost."""

    provider: S
    cost: D
    billed: D = Field(description="the part of cost that a bill states")
    estimated: D = Field(description="the part of cost that no bill states")
    provisional: D = Field(description="the part of cost that a bill may still state")
    share: D = Field(description="cost / the cost of all")


class ModelCost(ProviderCost):
    """A model's AI cost."""

    model_id: S


class TierCost(Shape):
    """A plan's AI cost."""

    tier: S
    product_id: S
    cost: D
    share: D


class CostDay(Shape):
    """A day's AI cost."""

    date: date
    cost: D
    estimated: D
    is_provisional: bool


class LlmCosts(Envelope):
    """AI cost."""

    total: D
    daily_average: D
    by_basis: Basis
    by_provider: list[ProviderCost]
    by_model: list[ModelCost]
    by_tier: list[TierCost] | None
    daily_trend: list[CostDay]


class CacheDay(Shape):
    """A day of the app's own cache."""

    date: date
    requests: N
    hits: N
    misses: N
    hit_rate: D
    cost_saved: D
    hit_response_time_ms: D
    miss_response_time_ms: D
    is_provisional: bool


class CacheStats(Envelope):
    """The app's own cache."""

    hit_rate: D
    requests: N
    hits: N
    misses: N
    unpriced_hits: N
    size: N
    cost_saved: D
    hit_response_time_ms: D
    miss_response_time_ms: D
    days: list[CacheDay]


class Moved(Shape):
    """What moved MRR, signed."""

    new: D
    expansion: D
    contraction: D
    churn: D
    reactivation: D
    pause: D
    resume: D
    fx: D


class MrrMonth(Shape):
    """A month of MRR: opening and all movements are the closing `mrr`."""

    month: date
    opening_mrr: D
    mrr: D
    net_new_mrr: D
    growth_rate: D
    movements: Moved
    opening_customers: N
    new_customers: N
    churned_customers: N
    reactivated_customers: N
    closing_customers: N
    arpa: D
    customer_churn_rate: D
    gross_mrr_churn_rate: D
    net_mrr_churn_rate: D
    nrr: D
    grr: D
    quick_ratio: D
    is_provisional: bool


class Mrr(Envelope):
    """MRR by month."""

    current: D
    previous: D
    months: list[MrrMonth]


class TierArr(Shape):
    """A plan's ARR; `trial` are customers who try and pay nothing yet."""

    tier: S
    product_id: S
    arr: D
    mrr: D
    customers: N
    share: D


class Arr(Envelope):
    """ARR."""

    arr: D
    mrr: D
    date: Day
    customers: N
    yoy_growth: D
    by_tier: list[TierArr]


class Growth(Envelope):
    """Growth of invoiced revenue up to the last complete month."""

    month: date
    mom: D
    qoq: D
    yoy: D
    trend: S
    this_month: D
    last_month: D
    same_month_last_year: D
    running_month: D
    recognised_this_month: D
    recognised_last_month: D


class ForecastMonth(Shape):
    """A month ahead, and how often the bands of forecasts so far ahead held."""

    month: date
    metric: str
    months_ahead: N = Field(description="1 is the running month.")
    value: D
    lower_80: D
    upper_80: D
    lower_95: D
    upper_95: D
    known_change: D = Field(description="Part of the value that is scheduled already.")
    method: S
    coverage_80: D
    coverage_95: D
    coverage_n: N
    history_months: N
    reason: S = Field(description="Why there is no value, or no band.")
    missing_costs: S = Field(description="Kinds of cost that the margin lacks.")


class ForecastMovements(Shape):
    """What is expected to come and go in a month ahead; opening and all movements are closing."""

    month: date
    opening_mrr: D
    new_mrr: D
    expansion_mrr: D
    contraction_mrr: D
    churn_mrr: D
    reactivation_mrr: D
    pause_mrr: D
    resume_mrr: D
    scheduled_change: D = Field(description="Part of the movements that is scheduled already.")
    net_new_mrr: D
    closing_mrr: D


class Goal(Shape):
    """A goal of seeds/goals.csv beside what happened or is forecast."""

    month: date
    goal: D
    actual: D
    forecast: D
    difference: D
    difference_rate: D
    compared_with: S
    reason: S
    note: S
    is_provisional: bool | None


class Forecast(Envelope):
    """The months ahead, and the goals."""

    metric: str
    forecast: list[ForecastMonth] | None
    movements: list[ForecastMovements] | None
    goals: list[Goal] | None


class ScenarioName(Shape):
    """A what-if of scenarios/."""

    name: str
    description: S
    problem: S = Field(description="Why it cannot be read.")


class Scenarios(Envelope):
    """What can be asked."""

    scenarios: list[ScenarioName]


class ScenarioLine(Shape):
    """The company, a feature, plan or customer, as billed and as the scenario has it."""

    key: str
    name: str
    revenue_usd: Dec
    cost_usd: Dec
    margin_usd: Dec
    scenario_revenue_usd: Dec
    scenario_cost_usd: Dec
    scenario_margin_usd: Dec
    margin_low_usd: Dec = Field(description="The lowest margin over the token factors.")
    margin_high_usd: Dec
    turns: S = Field(description="profitable or unprofitable, where the margin changes sign.")


class BreakEven(Shape):
    """Where one change alone neither gains nor loses."""

    change: int
    what: str
    value: D


class ScenarioResult(Envelope):
    """A month once more; amounts are US dollars. Quality of answers is not modelled."""

    scenario: str
    description: str
    month: date
    total: ScenarioLine
    features: list[ScenarioLine]
    plans: list[ScenarioLine]
    customers: list[ScenarioLine] | None
    turned_profitable: list[str] | None
    turned_unprofitable: list[str] | None
    break_even: list[BreakEven]
    not_repriced_usd: Dec
    notes: list[str]


class TierRevenue(Shape):
    """A plan's revenue."""

    tier: S
    product_id: S
    revenue: D
    customers: N
    arpc: D
    share: D


class ByTier(Envelope):
    """Earned revenue by plan."""

    month: date
    tiers: list[TierRevenue]
    total_revenue: D


class TierLtv(Shape):
    """What a plan's customers are worth."""

    segment: S
    segment_id: S
    arpa: D
    churn: D
    gross_margin: D
    ltv_revenue: D
    ltv_margin: D
    cac: D
    ltv_cac_ratio: D
    payback_months: D
    sample_size: N
    churned_customers: N
    lifespan_months: D
    is_small: bool


class Lifetime(Shape):
    """How long new customers of a segment stay, by a hazard that falls with age."""

    segment: S
    segment_id: S
    interval_months: N = Field(description="Months between two renewals.")
    method: S
    reason: S = Field(description="Why the model is not to be trusted here.")
    customers: N
    losses: N
    discounted_months: D = Field(description="Months paid for, those to come discounted.")
    discounted_months_lower: D = Field(description="Lower bound of 95 %.")
    discounted_months_upper: D
    ltv_revenue: D
    ltv_margin: D
    ltv_margin_lower: D
    ltv_margin_upper: D


class Ltv(Envelope):
    """What a customer is worth."""

    average: D
    ltv_revenue: D
    ltv_cac_ratio: D
    average_lifespan_months: D
    sample_size: N
    method: str
    interval: list[Dec] | None
    by_tier: list[TierLtv]
    lifetimes: list[Lifetime] | None


class TierChurn(Shape):
    """Churn of a plan over the last six complete months."""

    tier: S
    product_id: S
    monthly_rate: D
    churned_customers: N
    customers: N


class TrialChurn(Shape):
    """Trials that began in a month."""

    month: date
    trials: N
    converted: N
    lost: N
    running: N
    churn_rate: D


class Churn(Envelope):
    """Who leaves."""

    month: date
    monthly_rate: D
    retention_rate: D
    gross_mrr_churn_rate: D
    net_mrr_churn_rate: D
    customers: N
    churned_last_month: N
    churned_this_month: N
    by_tier: list[TierChurn]
    trial: TrialChurn | None


class Channel(Shape):
    """A channel's month."""

    channel: S
    users: N
    new_customers: N
    new_mrr: D
    spend: D
    cpa: D
    share: D


class Acquisition(Envelope):
    """Where new users come from."""

    month: date
    new_users_this_month: N
    new_users: N
    new_users_month_before: N
    growth: D
    channels: list[Channel]
    average_cpa: D


class ServicePopularity(Shape):
    """How popular a service is."""

    service: S
    active_users: N
    customers: N
    events: N
    calls: N
    llm_calls: N
    feature_uses: N
    popularity: D
    growth: D
    rank: N


class Popularity(Envelope):
    """All services."""

    month: date
    services: list[ServicePopularity]
    total_services: int


class ServiceCost(Shape):
    """What a service costs."""

    service: S
    cost: D
    ai_cost: D
    infrastructure_cost: D
    active_users: N
    cost_per_user: D
    share: D


class CostPerUser(Envelope):
    """Cost by user."""

    month: date
    total_cost: D
    active_users: N
    cost_per_user: D
    services: list[ServiceCost]


class TierAdoption(Shape):
    """A plan's use of a service."""

    tier: S
    product_id: S
    active_customers: N
    customers: N
    adoption_rate: D


class ServiceAdoption(Shape):
    """Who uses a service."""

    service: S
    overall_adoption: D
    by_tier: list[TierAdoption]


class Adoption(Envelope):
    """Who uses which service."""

    month: date
    services: list[ServiceAdoption]


class ServicePerformance(Shape):
    """How a service works."""

    service: S
    uptime: D
    calls: N
    errors: N
    mean_response_time_ms: D
    p95_response_time_ms: D
    error_rate: D
    requests_per_minute: D


class Performance(Envelope):
    """How services work."""

    month: date
    services: list[ServicePerformance]
    overall_uptime: D


class Headline(Shape):
    """A metric's newest value."""

    value: D
    previous: D
    change: D
    unit: S
    currency: S
    period_start: Day
    is_provisional: bool


class MetricsSummary(Envelope):
    """The headline numbers."""

    mrr: Headline
    active_users: Headline
    api_calls_this_month: Headline
    churn_rate: Headline
    users_total: N


class Kpi(Shape):
    """A metric's newest value, with its name."""

    metric: str
    period_grain: str
    period_start: date
    value: D
    previous: D
    change: D
    unit: S
    currency: S
    sample_size: N
    is_provisional: bool


class RevenueKpis(Shape):
    """Metrics of revenue."""

    mrr: Headline
    arr: Headline
    ltv: Headline
    ltv_cac_ratio: Headline


class UserKpis(Shape):
    """Metrics of users."""

    total: N
    active: Headline
    new: Headline
    paying_customers: Headline
    churn: Headline
    retention: D


class ServiceKpis(Shape):
    """Metrics of the service."""

    uptime: D
    response_time_ms: Headline
    calls: Headline
    error_rate: Headline


class Kpis(Envelope):
    """Every metric."""

    revenue: RevenueKpis
    users: UserKpis
    service: ServiceKpis
    kpis: list[Kpi]


class NearAlert(Shape):
    """A checked value."""

    alert_id: str
    metric: S
    dimension: S
    dimension_value: S
    severity: S
    status: S
    value: D
    threshold: D
    unit: S
    currency: S
    sample_size: N
    minimum_sample: N
    period_start: Day


class Alert(NearAlert):
    """An alert."""

    message: S
    since: Moment | None
    recovered_at: Moment | None


class Alerts(Envelope):
    """Alerts by severity."""

    critical: list[Alert]
    warning: list[Alert]
    approaching: list[NearAlert]
    info: list[Alert]


class ServiceMonth(Shape):
    """A service's month."""

    month: date
    events: N
    calls: N
    llm_calls: N
    feature_uses: N
    units: D
    cost: D
    is_provisional: bool


class ServiceDay(Shape):
    """A service's day."""

    date: date
    calls: N
    errors: N
    users: N


class Metering(Envelope):
    """One service over the months that the period touches."""

    service: str
    events: N
    calls: N
    llm_calls: N
    feature_uses: N
    units: D
    unit_type: S
    tokens: N
    cost: D
    top_users: list[str] | None
    months: list[ServiceMonth]
    days: list[ServiceDay] | None


class MeteredService(Shape):
    """A service's units and cost."""

    service: S
    events: N
    calls: N
    llm_calls: N
    units: D
    unit_type: S
    cost: D
    share: D


class MeteringSummary(Envelope):
    """All services over the months that the period touches."""

    services: list[MeteredService]
    total_cost: D
    total_revenue: D
    gross_profit: D
    gross_margin: D


class Months(Shape):
    """First and last month, both included."""

    first: date
    last: date


class BillingRevenue(Shape):
    """Revenue of the months; MRR and ARR at the end of the last."""

    mrr: D
    arr: D
    total: D
    invoiced: D
    collected: D
    growth: D


class BillingCosts(Shape):
    """Costs of the months; a total leaves out what is unknown, see `missing_costs`."""

    infrastructure: D
    observability: D
    llm: D
    other: D
    payment_fees: D
    bad_debt: D
    total: D
    share_of_revenue: D


class Profitability(Shape):
    """Profit of the months."""

    gross_profit: D
    gross_margin: D
    net_profit: D
    net_margin: D


class Payments(Shape):
    """Invoices of the months."""

    invoices: N
    paid: N
    failed: N
    open: N
    success_rate: D


class BillingSummary(Envelope):
    """Revenue, cost and profit over the months that the period touches."""

    months: Months
    revenue: BillingRevenue
    costs: BillingCosts
    missing_costs: str = Field(description="Costs that no seed states: profit is before them.")
    profitability: Profitability
    payments: Payments


class Definition(Shape):
    """What a metric is called and means."""

    metric: str
    title: str
    meaning: S
    formula: S
    unit: S
    currency: S
    better: S
    mart: S
    grain: S
    is_state: bool | None
    minimum_sample: N
    definition_version: S


class Definitions(Envelope):
    """The dictionary."""

    metrics: list[Definition]


class Statement(BaseModel):
    """An analyst's statement."""

    model_config = ConfigDict(extra="forbid")
    sql: str = Field(min_length=1, max_length=20_000, description="One SELECT over the marts.")


class SqlRows(Envelope):
    """Rows of a statement: each a list of values in the order of `columns`."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    sql: str


class ServiceState(Shape):
    """A configured service; never its credentials."""

    name: str
    kind: str
    title: str
    state: str = Field(description="configured, missing, wrong")
    missing: S
    settings: dict[str, str] = Field(description="Setting -> where it comes from")
    last_sync: Moment | None
    rows: N


class Services(BaseModel):
    """All services that can be loaded."""

    services: list[ServiceState]


class NewService(BaseModel):
    """A service to be added; its settings are kept encrypted."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(min_length=1, max_length=40)
    name: str | None = Field(default=None, min_length=1, max_length=40)
    settings: dict[str, str] = Field(description="API_KEY and the like, as the kind needs them")


class Checked(BaseModel):
    """Whether a service answers, and what its key may read."""

    name: str
    ok: bool
    detail: list[str]


class Removed(BaseModel):
    """A service whose credentials are gone; its data stay."""

    name: str
    detail: str


class Started(BaseModel):
    """A load that was started."""

    name: str
    state: str
    detail: str

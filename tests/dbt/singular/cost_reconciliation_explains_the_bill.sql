-- What is billed is attributed or unattributed, per day, provider and project.
select
    date,
    provider,
    project_id,
    billed_usd,
    attributed_usd,
    unattributed_usd
from {{ ref('cost_reconciliation_by_day') }}
where billed_usd <> attributed_usd + unattributed_usd

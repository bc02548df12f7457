{{ config(materialized='table') }}

with int_mrr_tax_rates_of_versions as (
    select * from {{ ref('int_mrr_tax_rates_of_versions') }}
),

int_mrr_tax_rates_of_lines as (
    select * from {{ ref('int_mrr_tax_rates_of_lines') }}
),

first_rates_of_versions as (
    select
        subscription_id,
        subscription_item_id,
        min(valid_from) as known_from
    from int_mrr_tax_rates_of_versions
    group by
        subscription_id,
        subscription_item_id
),

-- Before a rate stands on the subscription, and where none does, each invoice tells its own.
rates as (
    select
        subscription_id,
        subscription_item_id,
        inclusive_percent,
        valid_from
    from int_mrr_tax_rates_of_versions
    union all
    select
        rates_of_lines.subscription_id,
        rates_of_lines.subscription_item_id,
        rates_of_lines.inclusive_percent,
        rates_of_lines.valid_from
    from int_mrr_tax_rates_of_lines as rates_of_lines
    left join first_rates_of_versions
        on
            rates_of_lines.subscription_id = first_rates_of_versions.subscription_id
            and rates_of_lines.subscription_item_id = first_rates_of_versions.subscription_item_id
    where
        first_rates_of_versions.known_from is null
        or rates_of_lines.valid_from < first_rates_of_versions.known_from
),

rates_compared as (
    select
        *,
        lag(inclusive_percent) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as percent_before
    from rates
),

-- The first rate known is carried back.
final as (
    select
        subscription_id,
        subscription_item_id,
        inclusive_percent,
        case
            when percent_before is null then cast('1970-01-01' as {{ timestamp_type() }})
            else valid_from
        end as valid_from,
        lead(valid_from) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as valid_to
    from rates_compared
    where percent_before is null or percent_before <> inclusive_percent
)

select * from final

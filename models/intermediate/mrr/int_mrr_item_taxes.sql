{{ config(materialized='table') }}

with int_mrr_tax_rates_of_versions as (
    select * from {{ ref('int_mrr_tax_rates_of_versions') }}
),

int_mrr_tax_rates_of_lines as (
    select * from {{ ref('int_mrr_tax_rates_of_lines') }}
),

stretches_of_versions as (
    select
        *,
        lead(valid_from) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as valid_to
    from int_mrr_tax_rates_of_versions
),

-- While no rate stands on the subscription, each invoice tells its own.
rates as (
    select
        subscription_id,
        subscription_item_id,
        inclusive_percent,
        valid_from
    from stretches_of_versions
    where inclusive_percent is not null
    union all
    select
        rates_of_lines.subscription_id,
        rates_of_lines.subscription_item_id,
        rates_of_lines.inclusive_percent,
        rates_of_lines.valid_from
    from int_mrr_tax_rates_of_lines as rates_of_lines
    left join stretches_of_versions
        on
            rates_of_lines.subscription_id = stretches_of_versions.subscription_id
            and rates_of_lines.subscription_item_id = stretches_of_versions.subscription_item_id
            and rates_of_lines.valid_from >= stretches_of_versions.valid_from
            and rates_of_lines.valid_from < {{ until('stretches_of_versions.valid_to') }}
    where stretches_of_versions.inclusive_percent is null
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

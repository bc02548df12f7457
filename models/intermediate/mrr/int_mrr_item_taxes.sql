{{ config(materialized='table') }}

with int_mrr_tax_rates_of_versions as (
    select * from {{ ref('int_mrr_tax_rates_of_versions') }}
),

int_mrr_tax_rates_of_lines as (
    select * from {{ ref('int_mrr_tax_rates_of_lines') }}
),

items_with_rates as (
    select distinct
        subscription_id,
        subscription_item_id
    from int_mrr_tax_rates_of_versions
),

rate_changes as (
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
        cast('1970-01-01' as {{ timestamp_type() }}) as valid_from
    from int_mrr_tax_rates_of_lines as rates_of_lines
    left join items_with_rates
        on
            rates_of_lines.subscription_id = items_with_rates.subscription_id
            and rates_of_lines.subscription_item_id = items_with_rates.subscription_item_id
    where items_with_rates.subscription_id is null
),

final as (
    select
        subscription_id,
        subscription_item_id,
        inclusive_percent,
        valid_from,
        lead(valid_from) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as valid_to
    from rate_changes
)

select * from final

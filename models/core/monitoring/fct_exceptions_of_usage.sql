with fct_quarantined_rows_by_field as (
    select * from {{ ref('fct_quarantined_rows_by_field') }}
),

int_sources as (
    select * from {{ ref('int_sources') }}
),

final as (
    select
        case
            when int_sources.kind in ({{ texts_of(var('billing_vendors')) }}) then 'billing'
            when int_sources.kind in ({{ texts_of(var('cost_vendors')) }}) then 'cost'
            else 'usage'
        end as area,
        'field' as subject_type,
        concat(
            quarantined.source, '|', quarantined.source_table, '|', quarantined.field
        ) as subject_id,
        'rows_that_cannot_be_read' as reason,
        cast(null as decimal(38, 9)) as amount,
        cast(null as {{ dbt.type_string() }}) as currency,
        quarantined.first_observed_at as first_seen_at
    from fct_quarantined_rows_by_field as quarantined
    left join int_sources
        on quarantined.source = int_sources.source
)

select * from final

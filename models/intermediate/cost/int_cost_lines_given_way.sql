{{ config(materialized='table') }}

with int_cost_lines_estimated_twice as (
    select * from {{ ref('int_cost_lines_estimated_twice') }}
),

int_cost_lines_billed_twice as (
    select * from {{ ref('int_cost_lines_billed_twice') }}
),

int_cost_lines_exported_twice as (
    select * from {{ ref('int_cost_lines_exported_twice') }}
),

final as (
    select
        source_account,
        statement_id,
        line_number
    from int_cost_lines_estimated_twice
    union distinct
    select
        source_account,
        statement_id,
        line_number
    from int_cost_lines_billed_twice
    union distinct
    select
        source_account,
        statement_id,
        line_number
    from int_cost_lines_exported_twice
)

select * from final

{{ config(materialized='table') }}

with int_billing_discount_versions as (
    select * from {{ ref('int_billing_discount_versions') }}
),

int_billing_invoice_line_discounts as (
    select * from {{ ref('int_billing_invoice_line_discounts') }}
),

positions_on_versions as (
    select
        discount_id,
        valid_from,
        min(discount_position) as list_position
    from int_billing_discount_versions
    where valid_from <= {{ as_of_timestamp() }}
    group by
        discount_id,
        valid_from
),

positions_on_lines as (
    select
        discount_id,
        min(discount_position) as list_position
    from int_billing_invoice_line_discounts
    group by discount_id
),

positions_compared as (
    select
        *,
        lag(list_position) over (partition by discount_id order by valid_from) as position_before,
        first_value(list_position) over (
            partition by discount_id order by valid_from
            rows between unbounded preceding and current row
        ) as first_position
    from positions_on_versions
),

changes as (
    select
        *,
        lead(valid_from) over (partition by discount_id order by valid_from) as next_change_at
    from positions_compared
    where position_before is null or position_before <> list_position
),

-- The order of the list is that of the invoices; what no list shows any more, they show alone.
final as (
    select
        changes.discount_id,
        cast(changes.list_position as bigint) as list_position,
        cast(
            coalesce(positions_on_lines.list_position, changes.first_position) as bigint
        ) as first_position,
        case
            when changes.position_before is null then cast('1970-01-01' as {{ timestamp_type() }})
            else changes.valid_from
        end as valid_from,
        changes.next_change_at as valid_to
    from changes
    left join positions_on_lines
        on changes.discount_id = positions_on_lines.discount_id
    union all
    select
        positions_on_lines.discount_id,
        cast(positions_on_lines.list_position as bigint) as list_position,
        cast(positions_on_lines.list_position as bigint) as first_position,
        cast('1970-01-01' as {{ timestamp_type() }}) as valid_from,
        cast(null as {{ timestamp_type() }}) as valid_to
    from positions_on_lines
    left join positions_on_versions
        on positions_on_lines.discount_id = positions_on_versions.discount_id
    where positions_on_versions.discount_id is null
)

select * from final

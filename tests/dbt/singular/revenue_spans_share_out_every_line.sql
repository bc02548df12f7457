-- The features of a revenue item add up to it, in minor units, and in every order.
with shared_out as (
    select
        revenue_kind,
        item_id,
        sum(minor_units) as minor_units
    from {{ ref('fct_revenue_spans') }}
    group by
        revenue_kind,
        item_id
)

select
    items.revenue_kind,
    items.item_id,
    items.minor_units,
    shared_out.minor_units as shared_minor_units
from {{ ref('int_revenue_items') }} as items
left join shared_out
    on
        items.revenue_kind = shared_out.revenue_kind
        and items.item_id = shared_out.item_id
where shared_out.minor_units is null or shared_out.minor_units <> items.minor_units

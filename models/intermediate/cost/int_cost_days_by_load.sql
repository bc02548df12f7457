with int_event_days_by_load as (
    select * from {{ ref('int_event_days_by_load') }}
),

int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

-- A finer bill takes the place of another also on days of its months on which it bills nothing.
months_by_load as (
    select
        provider,
        load_id,
        coalesce(bill_rank, 1) as bill_rank,
        {{ month_of('cost_date') }} as month
    from int_cost_statements
    group by
        provider,
        load_id,
        coalesce(bill_rank, 1),
        {{ month_of('cost_date') }}
),

days_that_may_give_way as (
    select distinct
        provider,
        bill_rank,
        cost_date,
        {{ month_of('cost_date') }} as month
    from int_cost_statements
    where bill_rank > 1
),

final as (
    select
        load_id,
        event_date
    from int_event_days_by_load
    union distinct
    select
        load_id,
        cost_date as event_date
    from int_cost_statements
    union distinct
    select
        months_by_load.load_id,
        days_that_may_give_way.cost_date as event_date
    from months_by_load
    inner join days_that_may_give_way
        on
            months_by_load.provider = days_that_may_give_way.provider
            and months_by_load.month = days_that_may_give_way.month
            and months_by_load.bill_rank < days_that_may_give_way.bill_rank
)

select * from final

with int_repeated_event_rows as (
    select * from {{ ref('int_repeated_event_rows') }}
),

copies_ranked as (
    select
        event_id,
        load_id,
        source_file,
        source_line,
        event_date,
        row_number() over (
            partition by event_id
            order by load_id desc, source_file desc, source_line desc
        ) as recency
    from int_repeated_event_rows
),

final as (
    select
        event_id,
        load_id,
        source_file,
        source_line,
        event_date
    from copies_ranked
    where recency > 1
)

select * from final

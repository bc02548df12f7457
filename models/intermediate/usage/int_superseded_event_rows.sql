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
    where shared = 'event_id'
),

older_copies as (
    select
        event_id,
        load_id,
        source_file,
        source_line,
        event_date
    from copies_ranked
    where recency > 1
),

-- of each event the copy that counts
calls as (
    select int_repeated_event_rows.*
    from int_repeated_event_rows
    left join older_copies
        on
            int_repeated_event_rows.load_id = older_copies.load_id
            and int_repeated_event_rows.source_file = older_copies.source_file
            and int_repeated_event_rows.source_line = older_copies.source_line
    where int_repeated_event_rows.shared = 'request_id' and older_copies.source_line is null
),

-- The app's own event counts, since it knows more; of spans of one call, which are of one trace,
-- the one that knows the customer. A server of one's own may give an id again days later.
spans_told_again as (
    select distinct
        spans.event_id,
        spans.load_id,
        spans.source_file,
        spans.source_line,
        spans.event_date
    from calls as spans
    inner join calls as others
        on
            spans.shared_id = others.shared_id
            and spans.event_id <> others.event_id
            and others.event_date >= cast({{ dbt.dateadd('day', -1, 'spans.event_date') }} as date)
            and others.event_date <= cast({{ dbt.dateadd('day', 1, 'spans.event_date') }} as date)
    where
        spans.is_span
        and (
            not others.is_span
            or (
                substr(others.event_id, 1, 32) = substr(spans.event_id, 1, 32)
                and (
                    (others.has_customer and not spans.has_customer)
                    or (
                        others.has_customer = spans.has_customer
                        and others.event_id < spans.event_id
                    )
                )
            )
        )
),

final as (
    select * from older_copies
    union all
    select * from spans_told_again
)

select * from final

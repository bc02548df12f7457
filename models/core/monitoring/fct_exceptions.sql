-- To add a part: a model with these seven columns, named here.
with parts as (
    {% for part in [
        'int_exceptions_of_invoices',
        'int_exceptions_of_payments',
        'int_exceptions_of_bills_given_way',
        'fct_exceptions_of_mrr',
        'fct_exceptions_of_bills',
        'fct_exceptions_of_cost',
        'fct_exceptions_of_usage',
    ] %}
        select
            area,
            subject_type,
            subject_id,
            reason,
            amount,
            currency,
            first_seen_at
        from {{ ref(part) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        concat(area, '|', reason, '|', subject_type, '|', subject_id) as exception_id,
        area,
        subject_type,
        subject_id,
        reason,
        cast(max(amount) as decimal(38, 9)) as amount,
        max(currency) as currency,
        min(first_seen_at) as first_seen_at
    from parts
    group by
        area,
        subject_type,
        subject_id,
        reason
)

select * from final

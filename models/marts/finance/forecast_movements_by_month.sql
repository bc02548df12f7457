with ahead as (
    select
        month,
        months_ahead,
        value,
        currency
    from {{ ref('forecast_by_month') }}
    where metric = 'mrr' and value is not null
),

history as (
    select
        month,
        value,
        row_number() over (order by month desc) as months_ago
    from {{ ref('forecast_history') }}
    where metric = 'mrr'
),

scheduled as (
    select * from {{ ref('forecast_scheduled_movements') }}
),

mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

movements as (
    select
        history.months_ago,
        mrr_movements_by_month.*
    from history
    inner join mrr_movements_by_month
        on history.month = mrr_movements_by_month.month
),

-- As in forecast_mrr_flows: what comes is money, what happens to the book is a share of it.
usual as (
    select
        {% for name in ['new', 'reactivation', 'resume'] -%}
            coalesce({{ as_double('avg(' ~ name ~ '_mrr)') }}, 0) as {{ name }}_mrr,
        {% endfor -%}
        {% for name in ['expansion', 'contraction', 'churn', 'pause'] -%}
            coalesce(
                {{ as_double('sum(' ~ name ~ '_mrr)') }} / {{ as_double('sum(opening_mrr)') }}, 0
            ) as {{ name }}_share,
        {% endfor -%}
        count(*) as months_with_a_book
    from movements
    where months_ago <= 12 and opening_mrr > 0
),

steps as (
    select
        ahead.month,
        ahead.months_ahead,
        ahead.currency,
        coalesce(lag(ahead.value) over (order by ahead.month), history.value) as opening_mrr,
        ahead.value as closing_mrr
    from ahead
    inner join history
        on history.months_ago = 1
),

expected as (
    select
        steps.*,
        {% for name in ['new', 'resume', 'expansion', 'contraction', 'churn'] -%}
            coalesce(scheduled.{{ name }}_mrr, 0) as scheduled_{{ name }},
        {% endfor -%}
        coalesce(scheduled.mrr_change, 0) as scheduled_change,
        {% for name in ['new', 'reactivation', 'resume'] -%}
            usual.{{ name }}_mrr as usual_{{ name }},
        {% endfor -%}
        {% for name in ['expansion', 'contraction', 'churn', 'pause'] -%}
            usual.{{ name }}_share * {{ as_double('steps.opening_mrr') }} as usual_{{ name }},
        {% endfor -%}
        {{ as_double(
            'steps.closing_mrr - steps.opening_mrr - coalesce(scheduled.mrr_change, 0)'
        ) }} as to_explain
    from steps
    cross join usual
    left join scheduled
        on steps.month = scheduled.month
),

-- The forecast of MRR is no sum of usual movements: where it expects more, what adds is more and what
-- takes away is less, all by one share, and no movement changes its sign.
leaning as (
    select
        *,
        coalesce(least(greatest(
            (
                to_explain - usual_new - usual_reactivation - usual_resume - usual_expansion
                - usual_contraction - usual_churn - usual_pause
            ) / nullif(
                usual_new + usual_reactivation + usual_resume + usual_expansion
                - usual_contraction - usual_churn - usual_pause, 0
            ), -1
        ), 1), 0) as lean
    from expected
),

moved as (
    select
        *,
        {% for name in ['new', 'reactivation', 'resume', 'expansion'] -%}
            {{ forecast_money('usual_' ~ name ~ ' * (1 + lean)') }} as {{ name }}_moved,
        {% endfor -%}
        {% for name in ['contraction', 'churn'] -%}
            {{ forecast_money('usual_' ~ name ~ ' * (1 - lean)') }} as {{ name }}_moved,
        {% endfor -%}
        {{ forecast_money('usual_pause * (1 - lean)') }} as pause_moved
    from leaning
),

-- What is left beyond that, and by rounding, came as new or went.
rests as (
    select
        *,
        closing_mrr - opening_mrr - scheduled_change - new_moved - reactivation_moved - resume_moved
        - expansion_moved - contraction_moved - churn_moved - pause_moved as rest
    from moved
),

final as (
    select
        month,
        months_ahead,
        cast(opening_mrr as decimal(38, 9)) as opening_mrr,
        cast(new_moved + scheduled_new + greatest(rest, 0) as decimal(38, 9)) as new_mrr,
        cast(expansion_moved + scheduled_expansion as decimal(38, 9)) as expansion_mrr,
        cast(contraction_moved + scheduled_contraction as decimal(38, 9)) as contraction_mrr,
        cast(churn_moved + scheduled_churn + least(rest, 0) as decimal(38, 9)) as churn_mrr,
        cast(reactivation_moved as decimal(38, 9)) as reactivation_mrr,
        cast(pause_moved as decimal(38, 9)) as pause_mrr,
        cast(resume_moved + scheduled_resume as decimal(38, 9)) as resume_mrr,
        cast(scheduled_change as decimal(38, 9)) as scheduled_change,
        cast(closing_mrr - opening_mrr as decimal(38, 9)) as net_new_mrr,
        cast(closing_mrr as decimal(38, 9)) as closing_mrr,
        currency
    from rests
)

select * from final

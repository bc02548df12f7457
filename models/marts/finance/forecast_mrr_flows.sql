with history as (
    select
        month,
        step
    from {{ ref('forecast_history') }}
    where metric = 'mrr'
),

mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

flows as (
    select
        history.month,
        history.step,
        {{ as_double('movements.opening_mrr') }} as opening,
        {{ as_double('movements.closing_mrr') }} as closing,
        {{ as_double('movements.new_mrr + movements.reactivation_mrr + movements.resume_mrr') }}
            as gained,
        {{ as_double(
            'movements.expansion_mrr + movements.contraction_mrr + movements.churn_mrr'
            ~ ' + movements.pause_mrr'
        ) }} as moved
    from history
    inner join mrr_movements_by_month as movements
        on history.month = movements.month
),

-- What comes is money, what happens to the book is a share of it. The month in which the first
-- customers came had no book, and says nothing of those to come.
windows as (
    select
        origins.step,
        origins.month,
        origins.closing,
        avg(months.gained) as gained,
        sum(months.moved) / sum(months.opening) as moved_share,
        count(*) as months_with_a_book
    from flows as origins
    inner join flows as months
        on
            origins.step >= months.step
            and origins.step - 12 < months.step
    where months.opening > 0
    group by
        origins.step,
        origins.month,
        origins.closing
),

deviations as (
    select
        windows.step,
        sum(power(
            (months.gained + months.moved - windows.gained - windows.moved_share * months.opening)
            / months.opening,
            2
        )) as squares
    from windows
    inner join flows as months
        on
            windows.step >= months.step
            and windows.step - 12 < months.step
    where months.opening > 0
    group by windows.step
),

final as (
    select
        windows.month,
        windows.step,
        {{ forecast_number('windows.closing') }} as closing_mrr,
        {{ forecast_number('windows.gained') }} as gained_mrr,
        {{ forecast_number('1 + windows.moved_share') }} as growth,
        {{ forecast_number('sqrt(deviations.squares / (windows.months_with_a_book - 2))') }}
            as deviation
    from windows
    inner join deviations
        on windows.step = deviations.step
    where
        windows.months_with_a_book >= 6
        and windows.closing > 0
        and windows.moved_share > -0.9
        and windows.moved_share < 1
)

select * from final

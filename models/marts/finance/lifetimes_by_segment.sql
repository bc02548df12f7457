with fits as (
    select
        segment_kind,
        segment,
        interval_months,
        {{ as_double('alpha') }} as alpha,
        {{ as_double('beta') }} as beta,
        {{ as_double('spread_alpha') }} as spread_alpha,
        {{ as_double('lean_beta') }} as lean_beta,
        {{ as_double('spread_beta') }} as spread_beta
    from {{ ref('lifetime_fits_by_segment') }}
    -- beyond it the likelihood is so flat that it says nothing
    where
        spread_alpha < 3
        and spread_beta < 3
        and abs(lean_beta) < 3
),

numbers as (
    {{ dbt.generate_series(1201) }}
),

-- The fitted pair, and sixteen on the rim of the ellipse that holds 95 % along any direction.
angles as (
    select
        generated_number as angle_number,
        {{ as_double('generated_number') }} * acos({{ as_double('-1') }}) / 8 as angle
    from numbers
    where generated_number <= 16
),

pairs as (
    select
        segment_kind,
        segment,
        interval_months,
        0 as angle_number,
        alpha,
        beta
    from fits
    union all
    select
        fits.segment_kind,
        fits.segment,
        fits.interval_months,
        angles.angle_number,
        fits.alpha * exp(1.96 * fits.spread_alpha * cos(angles.angle)) as alpha,
        fits.beta * exp(
            1.96 * (fits.lean_beta * cos(angles.angle) + fits.spread_beta * sin(angles.angle))
        ) as beta
    from fits
    cross join angles
),

-- The share that meets one renewal more, for a hundred years.
shares as (
    select
        pairs.segment_kind,
        pairs.segment,
        pairs.interval_months,
        pairs.angle_number,
        numbers.generated_number - 1 as renewals,
        case
            when numbers.generated_number = 1 then 0
            else ln(
                (pairs.beta + numbers.generated_number - 2)
                / (pairs.alpha + pairs.beta + numbers.generated_number - 2)
            )
        end as log_share
    from pairs
    inner join numbers
        on (numbers.generated_number - 1) * pairs.interval_months <= 1200
),

survivals as (
    select
        *,
        exp(greatest(-600, sum(log_share) over (
            partition by segment_kind, segment, interval_months, angle_number
            order by renewals
            rows between unbounded preceding and current row
        ))) as alive,
        power({{ as_double('1.1') }}, -{{ as_double('renewals * interval_months') }} / 12)
            as worth
    from shares
),

-- A period is paid for at its beginning.
lives as (
    select
        segment_kind,
        segment,
        interval_months,
        angle_number,
        sum(alive * worth) * interval_months as discounted,
        sum(case when renewals * interval_months < 36 then alive else 0 end)
        * interval_months as within_36,
        sum(case when renewals * interval_months < 60 then alive else 0 end)
        * interval_months as within_60
    from survivals
    group by
        segment_kind,
        segment,
        interval_months,
        angle_number
),

final as (
    select
        segment_kind,
        segment,
        interval_months,
        {{ forecast_number('max(case when angle_number = 0 then discounted end)') }}
            as discounted_months,
        {{ forecast_number('min(discounted)') }} as discounted_months_lower,
        {{ forecast_number('max(discounted)') }} as discounted_months_upper,
        {{ forecast_number('max(case when angle_number = 0 then within_36 end)') }}
            as months_within_36,
        {{ forecast_number('max(case when angle_number = 0 then within_60 end)') }}
            as months_within_60
    from lives
    group by
        segment_kind,
        segment,
        interval_months
)

select * from final

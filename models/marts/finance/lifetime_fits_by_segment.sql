with renewals as (
    select
        segment_kind,
        segment,
        interval_months,
        renewal,
        lost,
        customers,
        segment_kind || '|' || segment || '|' || cast(interval_months as {{ dbt.type_string() }})
            as segment_key,
        {{ as_double('customers') }} as met,
        {{ as_double('customers - lost') }} as kept,
        {{ as_double('lost') }} as gone,
        {{ as_double('renewal - 1') }} as earlier
    from {{ ref('renewals_by_segment') }}
),

totals as (
    select
        segment_key,
        segment_kind,
        segment,
        interval_months,
        count(*) as periods,
        sum(lost) as losses,
        max(customers) as customers,
        sum(gone) as gone,
        sum(kept) as kept
    from renewals
    group by
        segment_key,
        segment_kind,
        segment,
        interval_months
),

steps as (
    {{ dbt.generate_series(37) }}
),

candidates as (
    select
        exp({{ as_double('alphas.generated_number - 17') }} / 4) as alpha,
        exp({{ as_double('betas.generated_number - 17') }} / 4) as beta
    from steps as alphas
    cross join steps as betas
),

likelihoods as (
    select
        renewals.segment_key,
        candidates.alpha,
        candidates.beta,
        sum(
            renewals.gone * ln(candidates.alpha)
            + renewals.kept * ln(candidates.beta + renewals.earlier)
            - renewals.met * ln(candidates.alpha + candidates.beta + renewals.earlier)
        ) as likelihood
    from renewals
    cross join candidates
    group by
        renewals.segment_key,
        candidates.alpha,
        candidates.beta
),

likelihoods_ranked as (
    select
        *,
        row_number() over (
            partition by segment_key order by likelihood desc, alpha asc, beta asc
        ) as place
    from likelihoods
),

starts as (
    select
        segment_key,
        alpha,
        beta,
        likelihood
    from likelihoods_ranked
    where place = 1
),

fitted as (
    {{ sbg_fits('renewals', 'starts') }}
),

-- Where churn is one for all, a constant rate explains as much; both laws are compared by what the
-- likelihood gains.
joined as (
    select
        totals.*,
        fitted.alpha,
        fitted.beta,
        fitted.bend_ab,
        fitted.bend_bb,
        fitted.bend_aa * fitted.bend_bb - power(fitted.bend_ab, 2) as bend,
        fitted.bend_aa * fitted.bend_bb > power(fitted.bend_ab, 2)
        and fitted.bend_bb < 0 as is_peak,
        case
            when totals.gone > 0 and totals.kept > 0
                then
                    starts.likelihood
                    - totals.gone * ln(totals.gone / (totals.gone + totals.kept))
                    - totals.kept * ln(totals.kept / (totals.gone + totals.kept))
            else 0
        end as gain
    from totals
    left join starts
        on totals.segment_key = starts.segment_key
    left join fitted
        on totals.segment_key = fitted.segment_key
),

final as (
    select
        segment_kind,
        segment,
        cast(interval_months as integer) as interval_months,
        cast(periods as bigint) as periods,
        cast(customers as bigint) as customers,
        cast(losses as bigint) as losses,
        {{ forecast_number('alpha') }} as alpha,
        {{ forecast_number('beta') }} as beta,
        {{ forecast_number('gain') }} as likelihood_gain,
        -- the corner of the ellipse in logarithms in which both may lie
        {{ forecast_number('case when is_peak then sqrt(-bend_bb / bend) end') }} as spread_alpha,
        {{ forecast_number('case when is_peak then bend_ab / bend / sqrt(-bend_bb / bend) end') }}
            as lean_beta,
        {{ forecast_number('case when is_peak then sqrt(-1 / bend_bb) end') }} as spread_beta
    from joined
)

select * from final

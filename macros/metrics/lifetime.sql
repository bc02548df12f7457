{#
    The shifted beta-geometric model of lifetimes (Fader and Hardie, 2007): of those who meet renewal
    t, the share alpha / (alpha + beta + t - 1) leaves. Doubles inside: it is an estimate.
#}

{% macro sbg_fits(renewals, starts, steps=7) -%}
    {#- Query: segment_key, alpha, beta where the likelihood is highest, by Newton's steps in
        logarithms, none longer than a half, from the pairs of `starts`; and there the Hessian of the
        log-likelihood in the logarithms of both (bend_aa, bend_ab, bend_bb).
        `renewals` has segment_key, met, kept, gone and earlier (t - 1), doubles. -#}
    with {% for step in range(steps) -%}
    sums_{{ step }} as (
        select
            fits.segment_key,
            fits.alpha,
            fits.beta,
            sum(renewals.gone) as gone,
            sum(renewals.met / (fits.alpha + fits.beta + renewals.earlier)) as met_1,
            sum(renewals.met / power(fits.alpha + fits.beta + renewals.earlier, 2)) as met_2,
            sum(renewals.kept / (fits.beta + renewals.earlier)) as kept_1,
            sum(renewals.kept / power(fits.beta + renewals.earlier, 2)) as kept_2
        from {{ starts if loop.first else 'fits_' ~ step }} as fits
        inner join {{ renewals }} as renewals
            on fits.segment_key = renewals.segment_key
        group by fits.segment_key, fits.alpha, fits.beta
    ),

    slopes_{{ step }} as (
        select
            segment_key,
            alpha,
            beta,
            gone - alpha * met_1 as slope_a,
            beta * (kept_1 - met_1) as slope_b,
            power(alpha, 2) * met_2 - alpha * met_1 as bend_aa,
            alpha * beta * met_2 as bend_ab,
            power(beta, 2) * (met_2 - kept_2) + beta * (kept_1 - met_1) as bend_bb
        from sums_{{ step }}
    ),

    fits_{{ step + 1 }} as (
        select
            segment_key,
            bend_aa,
            bend_ab,
            bend_bb,
            alpha * exp({{ _newton_step('bend_ab * slope_b - bend_bb * slope_a') }}) as alpha,
            beta * exp({{ _newton_step('bend_ab * slope_a - bend_aa * slope_b') }}) as beta
        from slopes_{{ step }}
    ){{ ',' if not loop.last }}
    {% endfor -%}
    select
        segment_key,
        alpha,
        beta,
        bend_aa,
        bend_ab,
        bend_bb
    from fits_{{ steps }}
{%- endmacro %}

{% macro _newton_step(numerator) -%}
    {#- Of a log-likelihood that is not concave here, no step. -#}
    case
        when bend_aa < 0 and bend_aa * bend_bb - power(bend_ab, 2) > 0
            then greatest(least(
                ({{ numerator }}) / (bend_aa * bend_bb - power(bend_ab, 2)), 0.5
            ), -0.5)
        else 0
    end
{%- endmacro %}

{% macro lifetime_value(arpa, months, margin=none) -%}
    {#- What a customer brings in so many (discounted) months, decimal(38, 9) rounded to the cent:
        months are an estimate. -#}
    cast(round(
        cast({{ arpa }} as decimal(26, 6)) * cast({{ months }} as decimal(12, 6))
        {%- if margin %} * cast({{ margin }} as decimal(8, 6)){% endif %}, 2
    ) as decimal(38, 9))
{%- endmacro %}

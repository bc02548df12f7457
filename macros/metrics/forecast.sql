{#
    How months ahead are forecast. Inside, numbers are doubles: a forecast is no book. What comes out
    is decimal.
#}

{% macro as_double(expression) -%}
    cast({{ expression }} as {{ double_type() }})
{%- endmacro %}

{% macro forecast_number(expression) -%}
    {#- A double as decimal(38, 9), for a step between two models, by way of ten decimals as
        round_double does it: PostgreSQL keeps fifteen digits of a double, DuckDB and Spark all, so
        more decimals, or half a unit of the last one, would not be the same everywhere. -#}
    cast(round(cast({{ expression }} as decimal(38, 10)), 9) as decimal(38, 9))
{%- endmacro %}

{% macro forecast_money(expression) -%}
    {#- A double as money that pretends to no more than four decimals, decimal(38, 9); what is beyond
        10^17 in size is cut there. -#}
    case when ({{ expression }}) is not null then cast(
        round(cast(least(greatest({{ expression }}, -1e17), 1e17) as decimal(38, 9)), 4)
        as decimal(38, 9)
    ) end
{%- endmacro %}

{% macro forecast_horizons() -%}
    {#- Months ahead that are ever forecast, as rows of `months_ahead`. -#}
    {% for ahead in range(1, 13) -%}
    select {{ ahead }} as months_ahead {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{% macro forecast_alphas() -%}
    {#- Weights of the newest month among which the top-down forecast chooses, as rows of `alpha`. -#}
    {% for alpha in ['0.2', '0.4', '0.6', '0.8', '1.0'] -%}
    select {{ as_double(alpha) }} as alpha {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{% macro damped_months(ahead) -%}
    {#- So many months of a drift that fades by a tenth each month: 0.9 + 0.9^2 + ... -#}
    (9 * (1 - power({{ as_double('0.9') }}, {{ ahead }})))
{%- endmacro %}

{% macro llm_token_columns() -%}
    {#- Pairs of a kind of rate in int_llm_rates_in_nano and the column of a call that it prices. -#}
    {{ return([
        ('input', 'text_tokens'), ('cached', 'cached_text_tokens'), ('written', 'written_tokens'),
        ('written_1h', 'cache_write_1h_tokens'), ('output', 'text_out_tokens'),
        ('audio', 'audio_tokens'), ('cached_audio', 'cached_input_audio_tokens'),
        ('audio_out', 'output_audio_tokens'), ('image', 'input_image_tokens'),
        ('image_out', 'output_image_tokens'),
    ]) }}
{%- endmacro %}

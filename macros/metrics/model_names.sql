{% macro called_provider(provider) -%}
    {#- Provider as a call names it, in lower case; '' where it names none. -#}
    coalesce(lower(trim({{ provider }})), '')
{%- endmacro %}

{% macro seeded_provider(provider) -%}
    {#- Provider as a row of a seed names it, in lower case; null for all of them. -#}
    nullif(lower(trim({{ provider }})), '')
{%- endmacro %}

{% macro is_named_by_cloud(name) -%}
    {#- Whether a model's name in lower case is dressed as Bedrock dresses names: the region and the
        maker before it (`us.anthropic.`), or the maker and a version after it (`-v1:0`). -#}
    (
        regexp_replace({{ name }}, '^(us|eu|apac|global|jp|au|ca|us-gov)[.][a-z0-9]+[.]', '') <> {{ name }}
        or (
            {{ name }} like '%.%:%'
            and regexp_replace({{ name }}, '-v[0-9]+:[0-9]+[a-z]*$', '') <> {{ name }}
        )
    )
{%- endmacro %}

{% macro without_cloud_parts(name) -%}
    {#- A model's name in lower case without what gateways and clouds put around it: all up to the
        last slash, Bedrock's region, maker and version. -#}
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace({{ name }}, '^.*/', ''),
                '^(us|eu|apac|global|jp|au|ca|us-gov)[.]', ''
            ),
            '^(anthropic|amazon|meta|mistral|cohere|deepseek|openai|ai21|qwen|google|xai|moonshotai|moonshot|minimax|nvidia|writer|zai)[.]', ''
        ),
        '-v[0-9]+:[0-9]+[a-z]*$', ''
    )
{%- endmacro %}

{% macro without_date(name) -%}
    {#- A model's name without the day of its release or the word for the newest one at its end. -#}
    regexp_replace({{ name }}, '[-@](20[0-9][0-9]-?[0-9][0-9]-?[0-9][0-9]|latest|default)$', '')
{%- endmacro %}

{% macro providers_counting_cache_apart() -%}
    {#- The providers of the var of that name as a list of SQL texts. -#}
    '{{ var('providers_counting_cache_apart').split() | join("', '") }}'
{%- endmacro %}

{% macro focus_provider(column) -%}
    {#- Our short name of a provider that a FOCUS file names in full: clouds by theirs, others in lower
        case with `_` for blanks. -#}
    case
        when lower({{ column }}) = 'aws' or lower({{ column }}) like 'amazon%' then 'aws'
        when lower({{ column }}) like 'azure%' or lower({{ column }}) like 'microsoft%' then 'azure'
        when lower({{ column }}) = 'gcp' or lower({{ column }}) like 'google%' then 'gcp'
        else replace(lower(trim({{ column }})), ' ', '_')
    end
{%- endmacro %}

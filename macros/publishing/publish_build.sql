{#
    on-run-end: what a green build of the whole project made becomes what readers see.
    A partial selection, `--empty`, and any error, failure or skip publish nothing.
#}

{% macro publish_build(results) %}
    {% if is_building() %}
        {{ say_what_was_built(results) }}
    {% endif %}
    {% if execute and flags.WHICH == 'build' %}
        {% if not why_not_published(results) %}
            {{ return(adapter.dispatch('publish_build', 'usage_vs_revenue')(results | length)) }}
        {% elif _failed_steps(results) and _whole_project_ran(results) and not flags.EMPTY %}
            {% do adapter.dispatch('note_failed_build', 'usage_vs_revenue')(
                results, _failed_steps(results)
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro why_not_published(results) %}
    {#- The reason as a sentence; empty where the build is to be published. -#}
    {% set failed = _failed_steps(results) %}
    {% if flags.EMPTY %}
        {{ return('it was built without rows.') }}
    {% elif not _whole_project_ran(results) %}
        {{ return('this was a part of the project; `dbt build` without a selection publishes.') }}
    {% elif failed %}
        {{ return(failed | length ~ ' of ' ~ results | length
            ~ ' steps did not succeed. Readers keep the last good build.') }}
    {% endif %}
    {{ return('') }}
{% endmacro %}

{% macro published_place() %}
    {#- Where readers find what was published, for people. -#}
    {{ return(adapter.dispatch('published_place', 'usage_vs_revenue')()) }}
{% endmacro %}

{% macro duckdb__published_place() %}
    {{ return(_published_directory() ~ '/current.duckdb') }}
{% endmacro %}

{% macro _published_directory() %}
    {{ return(env_var('PUBLISHED_DIR', '') or 'data/published') }}
{% endmacro %}

{% macro _good_statuses() %}
    {{ return(['success', 'pass', 'warn', 'no-op']) }}
{% endmacro %}

{% macro _failed_steps(results) %}
    {#- Those that failed or were skipped. -#}
    {{ return(results | rejectattr('status', 'in', _good_statuses()) | list) }}
{% endmacro %}

{% macro default__note_failed_build(results, bad) %}
    {#- Where builds are published on a server, readers see the age of the one they have. -#}
{% endmacro %}

{% macro duckdb__note_failed_build(results, bad) %}
    {#- Says beside the published builds, for the dashboard, what kept this one from them. -#}
    {% set failed = [] %}
    {% for result in bad if result.status != 'skipped' %}
        {% do failed.append(name_of_step(result.node)) %}
    {% endfor %}
    {% do adapter.store_relation(
        'publish', api.Relation.create(schema='monitoring', identifier='build'), [], '', 'duckdb', {
            'directory': _published_directory(),
            'failed': failed,
            'steps': results | length,
        }
    ) %}
{% endmacro %}

{% macro duckdb__publish_build(steps) %}
    {#- Renders to nothing, or where publishing failed to a statement that fails with the reason: so
        dbt counts the hook among its errors and `dbt build` fails. -#}
    {% set build = {
        'tables': _published_tables(),
        'directory': _published_directory(),
        'invocation_id': invocation_id,
        'started_at': run_started_at.isoformat(),
        'as_of': as_of_text(),
        'report_currency': report_currency(),
        'report_timezone': report_timezone(),
        'dbt_version': dbt_version,
        'steps': steps,
    } %}
    {% do adapter.store_relation(
        'publish', api.Relation.create(schema='monitoring', identifier='build'), [], '', 'duckdb', build
    ) %}
    {% if build.problem %}
        {{ return("select error('" ~ build.problem | replace("'", "''") ~ "')") }}
    {% endif %}
{% endmacro %}

{% macro _whole_project_ran(results) %}
    {#- True where every enabled model, seed and test of what people read has a result. Unit tests,
        which the graph does not list, and tests of inner tables are left to those who change models
        (selectors.yml). -#}
    {% set ran = results | map(attribute='node.unique_id') | list %}
    {% set left_out = graph.nodes.values()
        | selectattr('resource_type', 'in', ['model', 'seed', 'snapshot', 'test'])
        | rejectattr('config.materialized', 'equalto', 'ephemeral')
        | rejectattr('unique_id', 'in', ran) | list %}
    {% for node in left_out if not _is_inner_test(node) %}
        {{ return(false) }}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}

{% macro _is_inner_test(node) %}
    {#- Whether this is a test of a staging or intermediate table. -#}
    {% set path = node.original_file_path | replace('\\', '/') %}
    {{ return(node.resource_type == 'test'
        and path.startswith(('models/staging/', 'models/intermediate/'))) }}
{% endmacro %}

{% macro _published_tables() %}
    {#- Marts, dimensions and core facts, with their descriptions; not those that say
        `publish: false` (facts of single events: publishing costs what marts weigh). Those that say
        `publish: view` are views for readers too. -#}
    {% set areas = ['core', 'finance', 'product', 'unit_economics', 'monitoring'] %}
    {% set tables = [] %}
    {% for node in graph.nodes.values()
        if node.resource_type == 'model' and node.schema in areas
        and node.config.meta.get('publish', true) %}
        {% set columns = {} %}
        {% for column in node.columns.values() %}
            {% do columns.update({column.name: column.description}) %}
        {% endfor %}
        {% do tables.append({
            'schema': node.schema,
            'name': node.alias,
            'description': node.description,
            'columns': columns,
            'as_view': node.config.meta.get('publish') == 'view',
        }) %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}

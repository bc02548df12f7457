{#
    on-run-end: what a green build of the whole project made becomes what readers see.
    A partial selection, `--empty`, and any error, failure or skip publish nothing.
#}

{% macro publish_build(results) %}
    {% if execute and flags.WHICH == 'build' and not flags.EMPTY %}
        {% set bad = results | rejectattr('status', 'in', ['success', 'pass', 'warn', 'no-op']) | list %}
        {% if not _whole_project_ran(results) %}
            {{ log('Not published: this build was of a part of the project.', info=true) }}
        {% elif bad %}
            {{ log('Not published: ' ~ bad | length ~ ' of ' ~ results | length
                ~ ' steps did not succeed. Readers keep the last good build.', info=true) }}
            {% do adapter.dispatch('note_failed_build', 'usage_vs_revenue')(results, bad) %}
        {% else %}
            {{ return(adapter.dispatch('publish_build', 'usage_vs_revenue')(results | length)) }}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro default__note_failed_build(results, bad) %}
    {#- Where builds are published on a server, readers see the age of the one they have. -#}
{% endmacro %}

{% macro duckdb__note_failed_build(results, bad) %}
    {#- Says beside the published builds, for the dashboard, what kept this one from them. -#}
    {% set failed = [] %}
    {% for result in bad if result.status != 'skipped' %}
        {% do failed.append(result.node.name) %}
    {% endfor %}
    {% do adapter.store_relation(
        'publish', api.Relation.create(schema='monitoring', identifier='build'), [], '', 'duckdb', {
            'directory': env_var('PUBLISHED_DIR', '') or 'data/published',
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
        'directory': env_var('PUBLISHED_DIR', '') or 'data/published',
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
    {{ log('Published for readers in ' ~ build.directory, info=true) }}
{% endmacro %}

{% macro _whole_project_ran(results) %}
    {#- True where every enabled model, seed and test has a result, and no option left out unit
        tests (which the graph does not list). -#}
    {% set ran = results | map(attribute='node.unique_id') | list %}
    {% set left_out = graph.nodes.values()
        | selectattr('resource_type', 'in', ['model', 'seed', 'snapshot', 'test'])
        | rejectattr('config.materialized', 'equalto', 'ephemeral')
        | map(attribute='unique_id') | reject('in', ran) | list %}
    {{ return(
        left_out | length == 0
        and not flags.EXCLUDE and not flags.RESOURCE_TYPES and not flags.EXCLUDE_RESOURCE_TYPES
    ) }}
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

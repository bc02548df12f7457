{#
    What a person at the console reads of a build: a line when it begins, three when it ends.
    Everything else stays in dbt's log, since dbt_project.yml sets `log_level: warn`.
    `dbt build --log-level info` shows all of it, `dbt build --quiet` nothing but errors.
#}

{% macro announce_build() %}
    {#- on-run-start: how much there is to do. -#}
    {% if is_building() %}
        {{ _say(
            'Running ' ~ _counted(selected_resources | length, 'step')
            ~ '. The log is ' ~ flags.LOG_PATH ~ '/dbt.log; --log-level info shows it here.'
        ) }}
    {% endif %}
{% endmacro %}

{% macro say_what_was_built(results) %}
    {#- The first of three lines: what was made of the selected steps, and how long it took. -#}
    {% set made = [] %}
    {% for kind in ['seed', 'model', 'snapshot', 'test', 'unit_test'] %}
        {% set done = results | selectattr('node.resource_type', 'equalto', kind)
            | selectattr('status', 'in', _good_statuses()) | list | length %}
        {% if done %}
            {% do made.append(_counted(done, kind | replace('_', ' '))) %}
        {% endif %}
    {% endfor %}
    {% set skipped = results | selectattr('status', 'equalto', 'skipped') | list | length %}
    {% set failed = _failed_steps(results) | length - skipped %}
    {% set counts = ['Done: ' ~ (made | join(', ') or 'nothing')] %}
    {% if failed %}{% do counts.append(failed ~ ' failed') %}{% endif %}
    {% if skipped %}{% do counts.append(skipped ~ ' skipped') %}{% endif %}
    {{ _say(counts | join('; ') ~ ' in ' ~ _time_since_start() ~ '.') }}
{% endmacro %}

{% macro report_build(results) %}
    {#- on-run-end, after publishing: what was published or why not, and what to look at. A build
        that could not be published does not come this far; dbt itself says what went wrong. -#}
    {% if execute and flags.WHICH == 'build' %}
        {% set why_not = why_not_published(results) %}
        {{ _say('Not published: ' ~ why_not if why_not else 'Published: ' ~ published_place()) }}
        {% set matters = _matters_of_results(results) + _matters_of_marts(results) %}
        {{ _say('Look at: ' ~ matters | join('; ') if matters else 'Nothing needs a look.') }}
    {% endif %}
{% endmacro %}

{% macro _matters_of_results(results) %}
    {#- Steps that failed and tests that warn, by name. -#}
    {% set matters = [] %}
    {% set failed = _failed_steps(results) | rejectattr('status', 'equalto', 'skipped') | list %}
    {% set warned = results | selectattr('status', 'equalto', 'warn') | list %}
    {% for what, steps in [['failure', failed], ['warning', warned]] if steps %}
        {% set names = [] %}
        {% for step in steps %}{% do names.append(name_of_step(step.node)) %}{% endfor %}
        {% set more = ' and ' ~ (names | length - 3) ~ ' more' if names | length > 3 else '' %}
        {% do matters.append(_counted(names | length, what)
            ~ ' (' ~ names[:3] | join(', ') ~ more ~ ')') %}
    {% endfor %}
    {{ return(matters) }}
{% endmacro %}

{% macro name_of_step(node) %}
    {#- The name of a step for people: that of a test of a grain would list all its columns. -#}
    {% set is_grain = node.test_metadata and node.test_metadata.name == 'grain' %}
    {{ return('grain of ' ~ node.attached_node.split('.')[-1] if is_grain else node.name) }}
{% endmacro %}

{% macro _matters_of_marts(results) %}
    {#- What the monitoring marts of this very build find: sources without data, rows that could not
        be read, sums that do not tie. -#}
    {% set built = results | selectattr('status', 'equalto', 'success')
        | map(attribute='node.name') | list %}
    {% set matters = [] %}
    {% if 'load_freshness_by_source' in built %}
        {% set sources = run_query(
            'select source, loads, is_stale, skipped_endpoints, quarantined_rows from '
            ~ _relation_of('load_freshness_by_source') ~ ' order by source'
        ) %}
        {% set never = _areas_never_loaded() %}
        {% set stale = sources | rejectattr(1, 'equalto', 0) | selectattr(2)
            | map(attribute=0) | list %}
        {% set endpoints = sources | sum(attribute=3) | int %}
        {% set rows = sources | sum(attribute=4) | int %}
        {% if never %}{% do matters.append('nothing loaded of: ' ~ never | join(', ')) %}{% endif %}
        {% if stale %}{% do matters.append('stale: ' ~ stale | join(', ')) %}{% endif %}
        {% if endpoints %}
            {% do matters.append(_counted(endpoints, 'endpoint')
                ~ ' skipped (monitoring.skipped_endpoints_by_source)') %}
        {% endif %}
        {% if rows %}
            {% do matters.append(_counted(rows, 'row')
                ~ ' in quarantine (monitoring.load_freshness_by_source)') %}
        {% endif %}
    {% endif %}
    {% if 'mrr_reconciliation' in built %}
        {% set exceptions = run_query(
            'select coalesce(sum(exceptions), 0) from ' ~ _relation_of('mrr_reconciliation')
            ~ " where subject_id = '__all__'"
        )[0][0] | int %}
        {% if exceptions %}
            {% do matters.append(_counted(exceptions, 'exception')
                ~ ' (monitoring.mrr_reconciliation)') %}
        {% endif %}
    {% endif %}
    {{ return(matters) }}
{% endmacro %}

{% macro _areas_never_loaded() %}
    {#- billing, cost, events: those of which no source was ever loaded. One that nobody uses is no
        matter while another of its area is there. -#}
    {% set sources, freshness = _relation_of('int_sources'), _relation_of('load_freshness_by_source') %}
    {{ return(run_query(
        'select distinct area from ' ~ sources ~ ' where area not in (select known.area from '
        ~ sources ~ ' as known inner join ' ~ freshness ~ ' as freshness'
        ~ ' on known.source = freshness.source where freshness.loads > 0) order by area'
    ).columns[0].values() | list) }}
{% endmacro %}

{% macro _relation_of(name) %}
    {#- Not ref(), which would tie the hook to models that a partial project need not have. -#}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name %}
        {{ return(api.Relation.create(node.database, node.schema, node.alias)) }}
    {% endfor %}
{% endmacro %}

{% macro _time_since_start() %}
    {#- Of the whole command: '1 min 23 s'. -#}
    {% set now = modules.datetime.datetime.now(modules.pytz.utc) %}
    {% set seconds = (now - run_started_at).total_seconds() | round | int %}
    {{ return((seconds // 60 ~ ' min ' if seconds >= 60 else '') ~ seconds % 60 ~ ' s') }}
{% endmacro %}

{% macro _counted(number, noun) %}
    {{ return(number ~ ' ' ~ noun ~ ('' if number == 1 else 's')) }}
{% endmacro %}

{% macro _say(line) %}
    {#- A line for the console at every log level. dbt itself would print it in spite of --quiet. -#}
    {% if flags.QUIET %}
        {{ log(line) }}
    {% else %}
        {{ print(line) }}
    {% endif %}
{% endmacro %}

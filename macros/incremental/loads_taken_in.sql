{#
    What incremental models remember: which loads each has taken in.

    `intermediate._trusted_loads`   the loads that were complete when this dbt run began; fixed for
                                    the whole run, so that a load that ends meanwhile waits its turn
    `intermediate._loads_taken_in`  one row per model and load it has taken in, written in the
                                    model's own transaction; only ever grows, since not every engine
                                    can delete: rows before a model's last full refresh do not
                                    count. On Spark one such table per model, named after it: two
                                    models that append to one folder at once delete each other's
                                    files

    A load is new to a model when it is trusted and not taken in, whatever its age: a load whose
    status arrives late is not missed. A model says in its `meta`:
        loads_of   the kinds of source whose loads it takes in; an area of sources.yml (`cost`)
                   stands for all its kinds
        after      an incremental model that must have taken a load in first, or several of them
                   (optional); where it matters for loads of one kind or area only, a mapping of
                   that to its model
        references models and seeds that it rests on beside the loads (optional): when their rows
                   change, everything is rebuilt; int_reference_versions lists them all
        switches   vars of which the same holds (optional)
        rules      names of what its numbers mean (optional): a new version of the project that
                   counts otherwise in the same columns adds one, and what was built by the former
                   rule is built anew
    What a model in `after` rests on, its successor rests on as well and need not repeat.
    A reference counts as one more load, whose id is a hash of its rows: another hash means that
    the load is gone, and what a model took in then cannot be relied on.
#}

{% macro build_table(name) %}
    {#- Relation of a table of this schema that a model need not refer to. -#}
    {{ return(api.Relation.create(
        database=none if target.type == 'spark' else target.database,
        schema='intermediate',
        identifier=name,
        type='table'
    )) }}
{% endmacro %}

{% macro taken_in_table(model_name) %}
    {#- Relation where a model notes what it has taken in. -#}
    {{ return(build_table(
        '_loads_taken_in' ~ ('_by_' ~ model_name if target.type == 'spark' else '')
    )) }}
{% endmacro %}

{% macro note_trusted_loads() %}
    {#- on-run-start: take down which loads this run builds on. -#}
    {% if is_building() %}
        {% set trusted = build_table('_trusted_loads') %}
        {% set selects = [] %}
        {% for one in all_raw_tables() if one.node.name == '_dlt_loads' %}
            {% do selects.append(
                "select '" ~ one.node.source_name ~ "' as kind, '" ~ one.node.source_meta.area
                ~ "' as area, load_id from " ~ one.relation ~ " where status = 0"
            ) %}
        {% endfor %}
        {% do run_query('create schema if not exists ' ~ trusted.schema) %}
        {% do run_query('drop table if exists ' ~ trusted) %}
        {% do run_query(
            'create table ' ~ trusted ~ raw_table_options() ~ ' as ' ~ selects | join(' union all ')
        ) %}
        {% set taken_in = [] %}
        {% for node in graph.nodes.values() if node.config.get('meta', {}).get('loads_of') %}
            {% do taken_in.append(taken_in_table(node.alias) | string) %}
        {% endfor %}
        {% for table in taken_in | unique %}
            {% do run_query(
                'create table if not exists ' ~ table ~ ' (model_name ' ~ raw_type('varchar')
                ~ ', load_id ' ~ raw_type('varchar') ~ ', run_id ' ~ raw_type('varchar')
                ~ ', run_number bigint, is_full_refresh boolean, as_of ' ~ timestamp_type() ~ ')'
                ~ raw_table_options()
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{% macro loads_taken_in_by(model_name) -%}
    {#- Select of `load_id`: what a model has taken in since its last full refresh. -#}
    select load_id from {{ taken_in_table(model_name) }}
    where
        model_name = '{{ model_name }}'
        and load_id is not null
        and run_number >= (
            select max(run_number) from {{ taken_in_table(model_name) }}
            where model_name = '{{ model_name }}' and is_full_refresh
        )
{%- endmacro %}

{% macro load_changes() %}
    {#- What this run of the incremental model at hand has to do:
        is_rebuild     true where nothing it took in can be relied on: no earlier run, a full
                       refresh, other columns than before, or loads that it took in are gone
        new_loads      ids of the loads it has not taken in (all of them for a rebuild)
        last_as_of     clock of its last run as 'YYYY-MM-DD HH:MM:SS'; none for a rebuild
        run_number     how many runs the model will have had after this one -#}
    {% set meta = config.get('meta') %}
    {% set conditions = [] %}
    {% for before in models_before(meta) %}
        {% do conditions.append(
            " and ('" ~ before.sources ~ "' not in (kind, area, '') or load_id in ("
            ~ loads_taken_in_by(before.model_name) ~ "))"
        ) %}
    {% endfor %}
    {% set trusted = run_query(
        "select load_id from " ~ build_table('_trusted_loads') ~ " where (kind in ('"
        ~ meta.loads_of | join("', '") ~ "') or area in ('" ~ meta.loads_of | join("', '") ~ "'))"
        ~ conditions | join ~ " order by load_id"
    ).columns[0].values() | list %}
    {% set marks = reference_marks(meta) + ['columns:' ~ local_md5(model.columns | join(','))] %}
    {% set runs = run_query(
        "select load_id, run_number, is_full_refresh, cast(as_of as " ~ dbt.type_string()
        ~ ") as as_of from " ~ taken_in_table(this.identifier)
        ~ " where model_name = '" ~ this.identifier ~ "' order by run_number"
    ).rows | list %}
    {% set full_refreshes = runs | selectattr('is_full_refresh') | map(attribute='run_number') | list %}
    {% set taken_in = [] %}
    {% for run in runs if full_refreshes and run.run_number >= full_refreshes[-1] and run.load_id %}
        {% do taken_in.append(run.load_id) %}
    {% endfor %}
    {% set run_number = (runs[-1].run_number if runs else 0) | int + 1 %}
    {% set gone = taken_in | reject('in', trusted + marks) | list %}
    {% set unknown_marks = marks | reject('in', taken_in) | list %}
    {% if not full_refreshes or gone or unknown_marks or should_full_refresh() %}
        {{ return({
            'is_rebuild': true, 'new_loads': trusted + marks, 'last_as_of': none, 'run_number': run_number
        }) }}
    {% endif %}
    {{ return({
        'is_rebuild': false,
        'new_loads': trusted | reject('in', taken_in) | list,
        'last_as_of': runs[-1].as_of[:19],
        'run_number': run_number,
    }) }}
{% endmacro %}

{% macro models_before(meta) %}
    {#- What `after` says, as a list of {'model_name', 'sources'}; sources '' stands for all. -#}
    {% set found = [] %}
    {% if meta.after is mapping %}
        {% for sources, model_name in meta.after.items() %}
            {% do found.append({'model_name': model_name, 'sources': sources}) %}
        {% endfor %}
    {% elif meta.after %}
        {% for model_name in ([meta.after] if meta.after is string else meta.after) %}
            {% do found.append({'model_name': model_name, 'sources': ''}) %}
        {% endfor %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{% macro rests_on(meta, what) %}
    {#- Names of the `references`, `switches` or `rules` of an incremental model and of all before
        it. -#}
    {% set names = [] %}
    {% do names.extend(meta.get(what, [])) %}
    {% for before in models_before(meta) %}
        {% set node = graph.nodes['model.' ~ project_name ~ '.' ~ before.model_name] %}
        {% do names.extend(rests_on(node.config.meta, what)) %}
    {% endfor %}
    {{ return(names | unique | sort) }}
{% endmacro %}

{% macro reference_marks(meta) %}
    {#- One text per reference, switch and rule of an incremental model: its name and a hash of what
        it says now. -#}
    {% set marks = [] %}
    {% set references = rests_on(meta, 'references') %}
    {% if references %}
        {% for row in run_query(
            'select reference, version from ' ~ build_table('int_reference_versions')
            ~ " where reference in ('" ~ references | join("', '") ~ "') order by reference"
        ).rows %}
            {% do marks.append('reference:' ~ row[0] ~ ':' ~ row[1]) %}
        {% endfor %}
        {% if marks | length < references | length %}
            {% do exceptions.raise_compiler_error(
                'int_reference_versions does not list all of ' ~ references | join(', ')
            ) %}
        {% endif %}
    {% endif %}
    {% for name in rests_on(meta, 'switches') %}
        {% do marks.append('switch:' ~ name ~ ':' ~ var(name)) %}
    {% endfor %}
    {% for name in rests_on(meta, 'rules') %}
        {% do marks.append('rule:' ~ name) %}
    {% endfor %}
    {{ return(marks) }}
{% endmacro %}

{% macro versions_of(names) -%}
    {#- One select per model or seed named: `reference`, its name, and `version`, a hash of all its
        rows in any order. -#}
    {%- for name in names %}
    {{ adapter.dispatch('version_of', 'usage_vs_revenue')(name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro default__version_of(name) -%}
    select
        '{{ name }}' as reference,
        md5(coalesce(string_agg(row_text, ',' order by row_text), '')) as version
    from (select cast(one_row as text) as row_text from {{ ref(name) }} as one_row) as {{ name }}
{%- endmacro %}

{% macro spark__version_of(name) -%}
    select
        '{{ name }}' as reference,
        md5(concat_ws(',', sort_array(collect_list(row_text)))) as version
    from (select to_json(struct(*)) as row_text from {{ ref(name) }}) as {{ name }}
{%- endmacro %}

{% macro remember_loads() %}
    {#- post-hook of an incremental model, in its transaction: these loads are taken in now. The row
        without a load keeps the clock of a run that had nothing new. -#}
    {% if is_building() %}
        {% set changes = load_changes() %}
        {% set rows = [] %}
        {% for load_id in [none] + changes.new_loads %}
            {% do rows.append(
                "('" ~ this.identifier ~ "', " ~ ("'" ~ load_id ~ "'" if load_id else 'null') ~ ", '"
                ~ invocation_id ~ "', " ~ changes.run_number ~ ', ' ~ changes.is_rebuild ~ ', '
                ~ as_of_timestamp() ~ ')'
            ) %}
        {% endfor %}
        insert into {{ taken_in_table(this.identifier) }} values {{ rows | join(', ') }}
    {% endif %}
{% endmacro %}

{% macro load_list(load_ids) -%}
    {#- SQL list of load ids for `in`; matches nothing where there are none. -#}
    (
    {%- for load_id in load_ids %}'{{ load_id }}'{{ ', ' if not loop.last }}{% else %}null{% endfor -%}
    )
{%- endmacro %}

{% macro is_touched_by_new_loads(key, relation) -%}
    {#- Condition: the key occurs in a row of `relation` (key, load_id) that a new load wrote. -#}
    {%- if is_building() and is_incremental() -%}
        {%- set changes = load_changes() -%}
        {%- if changes.is_rebuild -%}
            1 = 1
        {%- elif not changes.new_loads -%}
            1 = 0
        {%- else -%}
            {{ key }} in (
                select {{ key }} from {{ relation }} where load_id in {{ load_list(changes.new_loads) }}
            )
        {%- endif -%}
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro is_not_there_yet(alias, columns) -%}
    {#- Condition: the table being built incrementally holds no row with these columns of `alias`. -#}
    {%- if is_building() and is_incremental() and not load_changes().is_rebuild -%}
        not exists (
            select 1 from {{ this }} as there
            where {% for column in columns %}
                there.{{ column }} = {{ alias }}.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
        )
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro new_rows_strategy() %}
    {#- Append; a rebuild replaces. -#}
    {{ return('append' if target.type == 'spark' else 'new_rows') }}
{% endmacro %}

{% macro get_incremental_new_rows_sql(arguments) %}
    {% set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') %}
    {% if load_changes().is_rebuild %}
        delete from {{ arguments.target_relation }};
    {% endif %}
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }};
{% endmacro %}

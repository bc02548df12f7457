with int_bill_lines as (
    select * from {{ ref('int_bill_lines') }}
),

line_item_map as (
    select * from {{ ref('line_item_map') }}
),

line_items_billed as (
    select distinct
        provider,
        line_item
    from int_bill_lines
),

-- `priority | gpt-image-1 image, output` names the model gpt-image-1: what served it stands before,
-- what kind of content its tokens are behind.
line_items_named as (
    select
        provider,
        line_item,
        regexp_replace(
            trim({{ dbt.split_part("regexp_replace(line_item, '^.* [|] ', '')", "','", 1) }}),
            ' ([Tt]ext|[Ii]mage|[Aa]udio)$', ''
        ) as model_named
    from line_items_billed
),

patterns_ranked as (
    select
        line_items_named.provider,
        line_items_named.line_item,
        line_item_map.pool,
        case
            when line_item_map.model_id is not null then line_item_map.model_id
            when line_item_map.pool <> 'other'
                then nullif(line_items_named.model_named, '')
        end as model,
        row_number() over (
            partition by line_items_named.provider, line_items_named.line_item
            order by
                line_item_map.priority desc,
                length(line_item_map.line_item_pattern) desc,
                line_item_map.line_item_pattern asc
        ) as preference
    from line_items_named
    inner join line_item_map
        on
            line_items_named.provider = {{ seeded_provider('line_item_map.provider') }}
            and {{ matches_glob('line_items_named.line_item', 'line_item_map.line_item_pattern') }}
),

final as (
    select
        line_items_named.provider,
        line_items_named.line_item,
        -- A bill by day, or by project alone, bills whatever was called.
        coalesce(
            patterns_ranked.pool,
            case when line_items_named.line_item = '__unknown__' then 'all' end
        ) as pool,
        patterns_ranked.model,
        patterns_ranked.line_item is not null as is_mapped
    from line_items_named
    left join patterns_ranked
        on
            line_items_named.provider = patterns_ranked.provider
            and line_items_named.line_item = patterns_ranked.line_item
            and patterns_ranked.preference = 1
)

select * from final

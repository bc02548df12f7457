with usage_with_feature as (
    select * from {{ ref('int_llm_usage_with_feature') }}
),

-- Summed before it is spread over pools: a quarter of the rows.
cost_of_uses as (
    select
        cost_date,
        provider,
        coalesce(project_id, '') as project_id,
        coalesce(api_key_id, '') as api_key_id,
        coalesce(model_id, '') as model_id,
        feature_id,
        coalesce(app_customer_id, '__unattributed__') as app_customer_id,
        cast(sum(uncached_input_nano) as decimal(38, 0)) as uncached_input_nano,
        cast(sum(cached_input_nano) as decimal(38, 0)) as cached_input_nano,
        cast(sum(cache_write_nano) as decimal(38, 0)) as cache_write_nano,
        cast(sum(output_nano) as decimal(38, 0)) as output_nano
    from usage_with_feature
    group by
        cost_date,
        provider,
        coalesce(project_id, ''),
        coalesce(api_key_id, ''),
        coalesce(model_id, ''),
        feature_id,
        coalesce(app_customer_id, '__unattributed__')
),

pools as (
    select 'uncached_input' as pool
    union all
    select 'cached_input' as pool
    union all
    select 'cache_write' as pool
    union all
    select 'output' as pool
),

cost_by_pool as (
    select
        cost_of_uses.cost_date,
        cost_of_uses.provider,
        cost_of_uses.project_id,
        cost_of_uses.api_key_id,
        cost_of_uses.model_id,
        pools.pool,
        cost_of_uses.feature_id,
        cost_of_uses.app_customer_id,
        case pools.pool
            when 'uncached_input' then cost_of_uses.uncached_input_nano
            when 'cached_input' then cost_of_uses.cached_input_nano
            when 'cache_write' then cost_of_uses.cache_write_nano
            when 'output' then cost_of_uses.output_nano
        end as list_cost_nano
    from cost_of_uses
    cross join pools
),

final as (
    select * from cost_by_pool
    where list_cost_nano <> 0
)

select * from final

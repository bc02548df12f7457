with int_provider_costs as (
    select * from {{ ref('int_provider_costs') }}
),

int_line_items as (
    select * from {{ ref('int_line_items') }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

final as (
    select
        -- keys
        concat(
            int_provider_costs.provider,
            case
                when int_provider_costs.source_account <> int_provider_costs.provider
                    then concat(':', int_provider_costs.source_account)
                else ''
            end,
            '|',
            cast(int_provider_costs.cost_date as {{ dbt.type_string() }}), '|',
            coalesce(int_provider_costs.project_id, ''), '|',
            coalesce(int_provider_costs.api_key_id, ''), '|',
            int_provider_costs.line_item
        ) as provider_cost_id,
        int_provider_costs.provider,
        int_provider_costs.source_account,
        int_provider_costs.cost_date,
        int_provider_costs.project_id,
        int_provider_costs.api_key_id,
        int_provider_costs.line_item,

        -- what the line item bills
        case
            when not int_line_items.is_mapped then '__unmapped__'
            else coalesce(int_model_names.model_id, '__no_model__')
        end as model_id,
        int_line_items.pool,
        int_line_items.is_mapped,

        -- facts
        cast(int_provider_costs.quantity as decimal(38, 9)) as quantity,
        int_provider_costs.billed_usd,
        int_provider_costs.first_billed_usd,
        int_provider_costs.restated_at,
        int_provider_costs.last_stated_at,
        int_provider_costs.billed_usd is null as is_missing_rate,
        {{ is_running_day('int_provider_costs.cost_date') }} as is_provisional
    from int_provider_costs
    inner join int_line_items
        on
            int_provider_costs.provider = int_line_items.provider
            and int_provider_costs.line_item = int_line_items.line_item
    left join int_model_names
        on
            int_line_items.provider = int_model_names.called_provider
            and int_line_items.model = int_model_names.model
)

select * from final

with int_provider_costs as (
    select * from {{ ref('int_provider_costs') }}
),

int_provider_cost_details as (
    select * from {{ ref('int_provider_cost_details') }}
),

int_cost_kinds as (
    select * from {{ ref('int_cost_kinds') }}
),

int_line_items as (
    select * from {{ ref('int_line_items') }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

lines_described as (
    select
        int_provider_costs.*,
        int_provider_cost_details.billing_account_id,
        int_provider_cost_details.service,
        int_provider_cost_details.region,
        int_provider_cost_details.charge_category,
        int_provider_cost_details.unit,
        int_provider_cost_details.native_currency,
        int_provider_cost_details.native_amount,
        int_provider_cost_details.list_cost_usd,
        int_provider_cost_details.basis,
        int_provider_cost_details.is_final,
        int_line_items.pool,
        int_line_items.is_mapped,
        int_model_names.model_id,
        -- The seed says what kind of cost a service is, else its vendor; what the wording of AI bills
        -- knows is AI.
        coalesce(
            int_cost_kinds.cost_kind,
            int_provider_cost_details.stated_kind,
            case when int_line_items.is_mapped then 'llm' else 'other' end
        ) as cost_kind,
        int_cost_kinds.cost_kind is not null
        or int_provider_cost_details.stated_kind is not null
        or int_line_items.is_mapped as is_kind_known
    from int_provider_costs
    inner join int_provider_cost_details
        on
            int_provider_costs.source_account = int_provider_cost_details.source_account
            and int_provider_costs.provider = int_provider_cost_details.provider
            and int_provider_costs.cost_date = int_provider_cost_details.cost_date
            and coalesce(int_provider_costs.project_id, '')
            = coalesce(int_provider_cost_details.project_id, '')
            and coalesce(int_provider_costs.api_key_id, '')
            = coalesce(int_provider_cost_details.api_key_id, '')
            and int_provider_costs.line_item = int_provider_cost_details.line_item
    left join int_cost_kinds
        on
            int_provider_costs.provider = int_cost_kinds.provider
            and coalesce(int_provider_cost_details.service, int_provider_costs.line_item)
            = int_cost_kinds.service
    inner join int_line_items
        on
            int_provider_costs.provider = int_line_items.provider
            and int_provider_costs.line_item = int_line_items.line_item
    left join int_model_names
        on
            int_line_items.provider = int_model_names.called_provider
            and int_line_items.model = int_model_names.model
),

final as (
    select
        -- keys
        concat(
            provider,
            case when source_account <> provider then concat(':', source_account) else '' end,
            '|',
            cast(cost_date as {{ dbt.type_string() }}), '|',
            {{ id_part('project_id') }}, '|',
            {{ id_part('api_key_id') }}, '|',
            line_item
        ) as provider_cost_id,
        provider,
        source_account,
        billing_account_id,
        cost_date,
        project_id,
        api_key_id,
        line_item,

        -- what the line item bills
        cost_kind,
        is_kind_known,
        service,
        region,
        charge_category,
        case
            when cost_kind = 'llm' and not is_mapped then '__unmapped__'
            else coalesce(model_id, '__no_model__')
        end as model_id,
        pool,
        -- Only lines of AI bills have a wording to know.
        is_mapped or cost_kind <> 'llm' as is_mapped,

        -- facts
        unit,
        cast(quantity as decimal(38, 9)) as quantity,
        billed_usd,
        first_billed_usd,
        native_currency,
        native_amount,
        list_cost_usd,
        basis,
        restated_at,
        last_stated_at,
        billed_usd is null as is_missing_rate,
        is_final,
        {{ is_running_day('cost_date') }} as is_provisional
    from lines_described
)

select * from final

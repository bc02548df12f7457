with int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_models_called_by_day as (
    select * from {{ ref('int_models_called_by_day') }}
),

llm_prices as (
    select * from {{ ref('llm_prices') }}
),

int_provider_aliases as (
    select * from {{ ref('int_provider_aliases') }}
),

-- Days of which a provider's own bill is loaded, whatever else the account tells.
days_billed as (
    select distinct
        int_bill_statements.provider,
        int_bill_statements.source_account,
        int_bill_statements.cost_date
    from int_bill_statements
    inner join int_cost_statement_lines
        on
            int_bill_statements.source_account = int_cost_statement_lines.source_account
            and int_bill_statements.statement_id = int_cost_statement_lines.statement_id
    where
        int_bill_statements.is_last
        and coalesce(int_cost_statement_lines.basis, 'billed') = 'billed'
),

-- `openai/gpt-4o, input` says its provider; of a bare model it is who makes it, not who hosts it.
estimates as (
    select
        int_cost_statement_lines.provider,
        int_cost_statement_lines.source_account,
        int_cost_statement_lines.statement_id,
        int_cost_statement_lines.line_number,
        int_bill_statements.cost_date,
        lower(trim({{ dbt.split_part('int_cost_statement_lines.line_item', "','", 1) }})) as model
    from int_cost_statement_lines
    inner join int_bill_statements
        on
            int_cost_statement_lines.source_account = int_bill_statements.source_account
            and int_cost_statement_lines.statement_id = int_bill_statements.statement_id
    where int_cost_statement_lines.basis = 'estimated'
),

estimates_split as (
    select
        *,
        case
            when position('/' in model) > 0 then substr(model, 1, position('/' in model) - 1)
        end as prefix,
        {{ without_date("substr(model, position('/' in model) + 1)") }} as bare_model
    from estimates
),

makers as (
    select distinct
        lower(model_id) as model,
        provider
    from llm_prices
    where provider not in ('aws', 'azure', 'gcp', 'openrouter')
),

providers_found as (
    select
        estimates_split.source_account,
        estimates_split.statement_id,
        estimates_split.line_number,
        estimates_split.cost_date,
        estimates_split.bare_model,
        estimates_split.provider,
        true as is_own_name
    from estimates_split
    union all
    select
        estimates_split.source_account,
        estimates_split.statement_id,
        estimates_split.line_number,
        estimates_split.cost_date,
        estimates_split.bare_model,
        coalesce(int_provider_aliases.provider, estimates_split.prefix) as provider,
        false as is_own_name
    from estimates_split
    left join int_provider_aliases
        on estimates_split.prefix = int_provider_aliases.word
    where estimates_split.prefix is not null
    union all
    select
        estimates_split.source_account,
        estimates_split.statement_id,
        estimates_split.line_number,
        estimates_split.cost_date,
        estimates_split.bare_model,
        makers.provider,
        false as is_own_name
    from estimates_split
    inner join makers
        on estimates_split.model = makers.model
    where estimates_split.prefix is null
),

-- Calls of the app have their price already, and the customer whose they are. What a gateway's own
-- name stands for is weighed by its calls, and takes nothing of theirs.
final as (
    select
        providers_found.source_account,
        providers_found.statement_id,
        providers_found.line_number
    from providers_found
    inner join days_billed
        on
            providers_found.provider = days_billed.provider
            and providers_found.cost_date = days_billed.cost_date
            and providers_found.source_account <> days_billed.source_account
    union distinct
    select
        providers_found.source_account,
        providers_found.statement_id,
        providers_found.line_number
    from providers_found
    inner join int_models_called_by_day
        on
            providers_found.provider = int_models_called_by_day.provider
            and providers_found.cost_date = int_models_called_by_day.cost_date
            and providers_found.bare_model = int_models_called_by_day.model
    where not providers_found.is_own_name
)

select * from final

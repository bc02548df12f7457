with int_cost_attributed as (
    select * from {{ ref('int_cost_attributed') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

accounts_with_cost as (
    select distinct app_customer_id
    from int_cost_attributed
),

customers_of_accounts as (
    select
        accounts_with_cost.app_customer_id,
        coalesce(int_customer_keys.customer_id, accounts_with_cost.app_customer_id) as customer_id
    from accounts_with_cost
    left join int_customer_keys
        on accounts_with_cost.app_customer_id = int_customer_keys.app_customer_id
),

accounts_counted as (
    select
        app_customer_id,
        customer_id,
        count(*) over (partition by customer_id) as accounts
    from customers_of_accounts
),

rows_with_customer as (
    select
        int_cost_attributed.*,
        accounts_counted.customer_id,
        accounts_counted.accounts
    from int_cost_attributed
    inner join accounts_counted
        on int_cost_attributed.app_customer_id = accounts_counted.app_customer_id
),

-- Several accounts of the app may be one customer; the rows of all others are one each already.
rows_of_one_account as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        cost_kind,
        feature_id,
        customer_id,
        cost_usd,
        list_cost_usd,
        {{ status_by_basis() }} as status,
        method
    from rows_with_customer
    where accounts = 1
),

rows_of_several_accounts as (
    select
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        cost_kind,
        feature_id,
        customer_id,
        cast(sum(cost_usd) as decimal(38, 9)) as cost_usd,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd,
        {{ status_by_basis() }} as status,
        max(method) as method
    from rows_with_customer
    where accounts > 1
    group by
        provider_cost_id,
        cost_date,
        provider,
        source_account,
        project_id,
        api_key_id,
        line_item,
        model_id,
        cost_kind,
        feature_id,
        customer_id,
        basis,
        status
),

all_rows as (
    select * from rows_of_one_account
    union all
    select * from rows_of_several_accounts
),

final as (
    select
        *,
        {{ is_running_day('cost_date') }} as is_provisional
    from all_rows
)

select * from final

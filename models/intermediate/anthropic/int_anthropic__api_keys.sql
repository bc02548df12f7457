with stg_anthropic__api_keys as (
    select * from {{ ref('stg_anthropic__api_keys') }}
),

stg_anthropic__users as (
    select * from {{ ref('stg_anthropic__users') }}
),

final as (
    select
        'anthropic' as provider,
        stg_anthropic__api_keys.source_account,
        stg_anthropic__api_keys.api_key_id,
        stg_anthropic__api_keys.workspace_id as project_id,
        stg_anthropic__api_keys.api_key_name,
        stg_anthropic__users.user_name as owner_name,
        stg_anthropic__api_keys.is_deleted
    from stg_anthropic__api_keys
    left join stg_anthropic__users
        on
            stg_anthropic__api_keys.source_account = stg_anthropic__users.source_account
            and stg_anthropic__api_keys.owner_id = stg_anthropic__users.user_id
)

select * from final

with syncs as (
    select * from {{ ref('stg_loads__syncs') }}
    where kind = 'billing_files'
),

-- The files say what was when: nothing is left for bills to add.
final as (
    select distinct
        source as source_account,
        cast('1970-01-01' as {{ timestamp_type() }}) as covered_from,
        synced_at as covered_to
    from syncs
)

select * from final

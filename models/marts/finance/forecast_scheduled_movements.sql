with fct_mrr_commitments as (
    select * from {{ ref('fct_mrr_commitments') }}
    where changes_at is not null
),

-- A change whose day has passed without being made is still to come.
changes as (
    select
        mrr,
        committed_mrr,
        change_kind = 'resume' as is_resume,
        greatest(
            {{ month_of(local_day_of('changes_at')) }},
            {{ month_of(local_day_of(as_of_timestamp())) }}
        ) as month
    from fct_mrr_commitments
),

final as (
    select
        month,
        cast(sum(
            case when mrr = 0 and committed_mrr > 0 and not is_resume then committed_mrr else 0 end
        ) as decimal(38, 9)) as new_mrr,
        cast(sum(case when is_resume then committed_mrr else 0 end) as decimal(38, 9))
            as resume_mrr,
        cast(sum(
            case when mrr > 0 and committed_mrr > mrr then committed_mrr - mrr else 0 end
        ) as decimal(38, 9)) as expansion_mrr,
        cast(sum(
            case
                when committed_mrr > 0 and committed_mrr < mrr then committed_mrr - mrr
                else 0
            end
        ) as decimal(38, 9)) as contraction_mrr,
        cast(sum(
            case when committed_mrr <= 0 then committed_mrr - mrr else 0 end
        ) as decimal(38, 9)) as churn_mrr,
        cast(sum(committed_mrr - mrr) as decimal(38, 9)) as mrr_change
    from changes
    group by month
)

select * from final

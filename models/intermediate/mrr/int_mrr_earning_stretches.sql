{{ config(materialized='table') }}

with int_mrr_status_stretches as (
    select * from {{ ref('int_mrr_status_stretches') }}
),

int_mrr_proofs_of_payment as (
    select * from {{ ref('int_mrr_proofs_of_payment') }}
),

-- With a grace period set, what is past due longer than that stops earning.
stretches_with_grace as (
    select
        *,
        case
            when status = 'past_due'
                then {{ dbt.dateadd(
                    'day', (mrr_switch('past_due_grace_days') or '1000000') | int, 'valid_from'
                ) }}
        end as grace_ends_at
    from int_mrr_status_stretches
),

parts as (
    select
        subscription_id,
        status,
        pause_behavior,
        false as is_grace_over,
        valid_from,
        case
            when grace_ends_at < coalesce(valid_to, {{ as_of_timestamp() }}) then grace_ends_at
            else valid_to
        end as valid_to
    from stretches_with_grace
    union all
    select
        subscription_id,
        status,
        pause_behavior,
        true as is_grace_over,
        cast(grace_ends_at as {{ timestamp_type() }}) as valid_from,
        valid_to
    from stretches_with_grace
    where grace_ends_at < coalesce(valid_to, {{ as_of_timestamp() }})
),

parts_stated as (
    select
        *,
        case
            when is_grace_over then 'unpaid'
            when status = 'trialing' then 'trial'
            when status = 'paused' then 'paused'
            when status in ('incomplete', 'incomplete_expired', 'not_started') then 'unproven'
            when status = 'unpaid' then 'unpaid'
            when status = 'canceled' then 'ended'
            when
                pause_behavior in ('void', 'mark_uncollectible')
                and '{{ mrr_switch('pause_mode') }}' = 'zero'
                then 'paused'
            when status in ('active', 'past_due') then 'earning'
            else 'unknown'
        end as state_if_proven
    from parts
),

-- A part is cut where its proof of payment begins or ends.
cuts as (
    select
        subscription_id,
        valid_from as part_from,
        valid_from as cut_at
    from parts_stated
    union
    select
        parts_stated.subscription_id,
        parts_stated.valid_from as part_from,
        proofs.proven_from as cut_at
    from parts_stated
    inner join int_mrr_proofs_of_payment as proofs
        on
            parts_stated.subscription_id = proofs.subscription_id
            and parts_stated.valid_from < proofs.proven_from
            and proofs.proven_from < {{ until('parts_stated.valid_to') }}
    union
    select
        parts_stated.subscription_id,
        parts_stated.valid_from as part_from,
        proofs.proven_to as cut_at
    from parts_stated
    inner join int_mrr_proofs_of_payment as proofs
        on
            parts_stated.subscription_id = proofs.subscription_id
            and parts_stated.valid_from < proofs.proven_to
            and proofs.proven_to < {{ until('parts_stated.valid_to') }}
),

pieces as (
    select
        *,
        lead(cut_at) over (
            partition by subscription_id, part_from order by cut_at
        ) as next_cut_at
    from cuts
),

final as (
    select
        parts_stated.subscription_id,
        parts_stated.status,
        parts_stated.pause_behavior,
        case
            when proofs.subscription_id is not null then parts_stated.state_if_proven
            when parts_stated.state_if_proven = 'trial' then 'trial'
            else 'unproven'
        end as earning_state,
        parts_stated.state_if_proven,
        pieces.cut_at as valid_from,
        coalesce(pieces.next_cut_at, parts_stated.valid_to) as valid_to
    from parts_stated
    inner join pieces
        on
            parts_stated.subscription_id = pieces.subscription_id
            and parts_stated.valid_from = pieces.part_from
    left join int_mrr_proofs_of_payment as proofs
        on
            parts_stated.subscription_id = proofs.subscription_id
            and pieces.cut_at >= proofs.proven_from
            and pieces.cut_at < {{ until('proofs.proven_to') }}
)

select * from final

/** SQL of an account, its workflow and a run of it that is out of time at 1 ms. */
export const ONE_RUN = `
  insert into accounts (id, name, tier, status, billing_anchor_day, created_at, updated_at)
    values ('a', 'a', 'free', 'active', 1, 0, 0);
  insert into workflows (id, account_id, name, status, version, versioned_at, created_at, updated_at, trigger, steps)
    values ('w', 'a', 'n', 'active', 1, 0, 0, 0, '{}', '[]');
  insert into runs (id, account_id, workflow_id, workflow_version, status, trigger_type, deadline_at, attempt, created_at,
    trigger, input, kept) values ('r', 'a', 'w', 1, 'running', 'api', 1, 1, 0, '{}', '{}', '[]');`

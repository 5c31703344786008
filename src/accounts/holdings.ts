import type { Db } from '../db/open.ts'
import { lazily } from '../lib/lazily.ts'

/** What an account has, each counted up to 10,000. */
export type Holdings = {
  keys: number
  /** Keys that are not revoked. */
  liveKeys: number
  workflows: number
  tasks: number
}

const COUNTED_MAX = 10_000

/** @param accountId of any account; one that is not there has nothing */
export function createHoldings({ $client }: Db): (accountId: string) => Holdings {
  const counted = lazily(() =>
    $client.prepare<{ id: string; max: number }, Holdings>(`select
      (select count(*) from (select 1 from api_keys where account_id = @id limit @max)) as keys,
      (select count(*) from (select 1 from api_keys where account_id = @id and revoked_at is null limit @max)) as liveKeys,
      (select count(*) from (select 1 from workflows where account_id = @id limit @max)) as workflows,
      (select count(*) from (select 1 from tasks where account_id = @id limit @max)) as tasks`),
  )
  return (id) => counted().get({ id, max: COUNTED_MAX }) ?? { keys: 0, liveKeys: 0, workflows: 0, tasks: 0 }
}

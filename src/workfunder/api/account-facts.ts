import type { Db } from '../../db/open.ts'
import { createSnapshot } from '../../db/read.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { ownerOf } from '../owner.ts'
import type { Quota } from '../tasks/quota.ts'
import type { TargetView, Webhooks } from '../webhooks/webhooks.ts'

/** What an account is shown of itself besides its own row; its balance stands in for a payment provider. */
export type AccountFacts = { webhook: TargetView | null; tasksThisMonth: number; balanceCents: number }

type Parts = { db: Db; webhooks: Pick<Webhooks, 'target'>; quota: Quota; ledger: Ledger }

/** @returns of the account and the environment of the key that asks. */
export function createAccountFacts({ db, webhooks, quota, ledger }: Parts) {
  const inSnapshot = createSnapshot(db)
  return (holder: LiveKey): AccountFacts => {
    const { accountId, environment } = ownerOf(holder)
    return inSnapshot(() => ({
      webhook: webhooks.target(accountId, environment),
      tasksThisMonth: quota.created(holder.account, environment),
      balanceCents: ledger.balance(accountId),
    }))
  }
}

import type { LiveKey } from '../keys/live-key.ts'
import type { Environment } from '../keys/token.ts'

/** Whose tasks, keys and webhooks: nothing of another account or environment is ever seen. */
export type Owner = { accountId: string; environment: Environment }

/** Whoever makes a task, by key or otherwise. */
export type Holder = Pick<LiveKey, 'id' | 'account' | 'environment'>

/** For whom a WorkFunder key speaks. */
export function ownerOf({ id, account, environment }: Holder): Owner {
  if (environment === null) throw new Error(`the WorkFunder key ${id} has no environment`)
  return { accountId: account.id, environment }
}

import type { LiveKey } from '../keys/live-key.ts'
import type { Environment } from '../keys/token.ts'

/** Whose tasks, keys and webhooks: nothing of another account or environment is ever seen. */
export type Owner = { accountId: string; environment: Environment }

/** For whom a WorkFunder key speaks. */
export function ownerOf({ id, account, environment }: LiveKey): Owner {
  if (environment === null) throw new Error(`the WorkFunder key ${id} has no environment`)
  return { accountId: account.id, environment }
}

import type { admin } from '../operations.ts'

type Tier = Awaited<ReturnType<typeof admin.accounts.list>>[number]['tier']

/** Each one, or it is no program (accounts/tiers.ts of the server). */
export const TIERS = Object.keys({ free: 1, growth: 1, pro: 1, enterprise: 1 } satisfies Record<Tier, 1>)

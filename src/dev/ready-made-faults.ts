import type { FaultSpec } from './fault-spec.ts'

/** Names of keys that `--dev` makes (cli/dev-keys.ts). */
export const LIMITED_KEYS = 'Always over its limit'
export const SPENT_KEYS = 'All tasks of the month are used'

type ReadyMade = FaultSpec & { name: string }

/** Those that a server starts with, and goes back to, whether or not there are such keys. */
export const READY_MADE_FAULTS: readonly ReadyMade[] = [
  { name: 'limited-keys', match: { key: LIMITED_KEYS }, answer: { status: 429, retryAfter: 1 } },
  {
    name: 'spent-tasks',
    match: { key: SPENT_KEYS, method: 'POST', path: '/v1/tasks' },
    answer: { status: 403 },
  },
]

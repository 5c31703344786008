import type { Clock } from '../clock.ts'
import { createLimiter, type Limiter } from './limiter.ts'

/** Requests per minute of a Workflows key, by category (workflows/README.md, "Keys and limits"). */
export const WORKFLOWS_LIMITS = { read: 1000, write: 100, execute: 500 } as const

export type WorkflowsCategory = keyof typeof WORKFLOWS_LIMITS

/** Failed authentications of one client address a minute, unless the operator says otherwise. */
export const ADDRESS_LIMIT_DEFAULT = 300

/** Requests per minute of a worker's key: a person with a telephone, and some to spare. */
export const PORTAL_LIMIT = 60

/** Requests per minute of one client address to all of /webhooks/* (workflows/README.md, "Keys and limits"). */
export const WEBHOOKS_LIMIT = 10_000

/** One limiter for each kind of window; the subject is a key's id, a worker's, or a client address. */
export type Limits = {
  read: Limiter
  write: Limiter
  execute: Limiter
  workfunder: Limiter
  portal: Limiter
  address: Limiter
  webhooks: Limiter
}

/** 100,000 address windows are about 20 MB, whatever a million forged addresses try. */
const ADDRESSES_MAX = 100_000

export function createLimits(clock: Clock): Limits {
  return {
    read: createLimiter(clock),
    write: createLimiter(clock),
    execute: createLimiter(clock),
    workfunder: createLimiter(clock),
    portal: createLimiter(clock),
    address: createLimiter(clock, ADDRESSES_MAX),
    webhooks: createLimiter(clock, ADDRESSES_MAX),
  }
}

/** Drops idle windows, a slice of each limiter per call: some 0.2 ms at most. */
export function sweepLimits(limits: Limits): void {
  for (const limiter of Object.values(limits)) limiter.sweep(1000)
}

import type { Clock } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import { OUTCOMES, outcomesOf } from '../keys/outcome.ts'
import type { KeyRecord } from '../keys/store.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/duration.ts'
import { isoTime } from '../lib/instant.ts'
import { known } from './listed.ts'

/** How finely a key's usage is told: the last 60 minutes, 48 hours or 30 days, in UTC, up to now. */
export const USAGE_UNITS = ['minute', 'hour', 'day'] as const

export type UsageUnit = (typeof USAGE_UNITS)[number]

export type KeyUsage = ReturnType<typeof createKeyUsage>

export type KeyUsageView = ReturnType<KeyUsage['usageOf']>

/** Someone who looks at a key wants to know of an address for so long that it is a new one. */
const NEW_ADDRESS_MS = DAY_MS

/** What keys were used, and from where. */
export function createKeyUsage({ keys, clock }: { keys: Keys; clock: Clock }) {
  return {
    /**
     * How a key's requests were answered, oldest first, stretches without any among them.
     * @param unit left out: hour @throws INVALID_INPUT for one that is not known
     */
    usageOf({ seq }: KeyRecord, unit?: UsageUnit) {
      const by = known('by', unit, USAGE_UNITS) ?? 'hour'
      const { ms, count } = SPANS[by]
      const last = Math.floor(clock.now() / ms)
      const first = last - count + 1
      const outcomes = keys.outcomesOf[by](seq, by === 'minute' ? last : first)
      return {
        by,
        classes: OUTCOMES,
        buckets: Array.from({ length: count }, (_, index) => ({
          at: isoTime((first + index) * ms),
          ...(outcomes.get(first + index) ?? outcomesOf([])),
        })),
      }
    },

    /** Where a key came from in the last 30 days, newest seen first, 50 at most. */
    addressesOf: ({ seq }: KeyRecord) =>
      keys.addressesOf(seq).map(({ address, firstSeenAt, lastSeenAt, requests }) => ({
        address,
        firstSeenAt: isoTime(firstSeenAt),
        lastSeenAt: isoTime(lastSeenAt),
        requests,
      })),

    /** What keys did today, for all of a list at once; addresses of the last second may be missing. */
    todayOf(listed: readonly Pick<KeyRecord, 'seq'>[]) {
      const seqs = listed.map(({ seq }) => seq)
      const now = clock.now()
      const requests = keys.requestsOn(seqs, Math.floor(now / DAY_MS))
      const newAddresses = keys.newAddressesSince(seqs, now - NEW_ADDRESS_MS)
      return ({ seq }: Pick<KeyRecord, 'seq'>) => ({
        /** Those that were admitted, since midnight UTC. */
        requestsToday: requests.get(seq) ?? 0,
        /** When it was first seen from another address than before, in the last 24 hours; null: it was not. */
        newAddressAt: isoTime(newAddresses.get(seq) ?? null),
      })
    },
  }
}

// --- internal ---

const SPANS: Readonly<Record<UsageUnit, { ms: number; count: number }>> = {
  minute: { ms: MINUTE_MS, count: 60 },
  hour: { ms: HOUR_MS, count: 48 },
  day: { ms: DAY_MS, count: 30 },
}

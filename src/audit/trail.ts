import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { Actor } from './actor.ts'
import { type AuditFilter, createAuditStore } from './audit-store.ts'
import { type Fault, faultsAtEnd, faultsIn } from './chain.ts'
import { type AuditEntry, entryHash, type Facts, type Link, ORIGIN, toEntry } from './entry.ts'

/** What happened. Neither side may hold a secret. */
export type Change = {
  actor: Actor
  /** As the operation is called: keys.revoke */
  action: `${string}.${string}`
  /** The id of what was changed. */
  subject: string
  /** The account that it belongs to; left out: none. */
  accountId?: string
  /** Left out: it was not there. */
  before?: Facts
  /** Left out: it is there no more. */
  after?: Facts
}

/** What a part of the trail was found to be. */
export type Verification = {
  /** Rows looked at. */
  checked: number
  faults: Fault[]
  /** Where to go on; null: that was the end. */
  next: Link | null
  /** The last row looked at. */
  last: Link
}

export type AuditTrail = ReturnType<typeof createAuditTrail>

/** Of one side of a change: several times what the longest names, lists and comments take. */
const FACTS_BYTES_MAX = 8192

/** Some 5 ms of work. */
const ROWS_PER_TURN = 200

/** What one call verifies, in turns between which others work: some 200 ms. */
const TURNS_PER_CALL = 100

/**
 * Who changed what, for ever: each row holds the SHA-256 of the one before, so that none can be altered, removed or put
 * elsewhere without all after it. There is no key in that: who can write to the database can make the whole trail anew,
 * and only a hash that was noted elsewhere shows it (`verify`).
 */
export function createAuditTrail({ db, clock }: { db: Db; clock: Clock }) {
  const store = createAuditStore(db)

  function verifyTurn(after: Link | undefined): Verification {
    // From below the first number too: nothing of ours stands there.
    const entries = store.after(after?.seq ?? Number.MIN_SAFE_INTEGER, ROWS_PER_TURN)
    const { seq, hash } = entries.at(-1) ?? after ?? ORIGIN
    const last = { seq, hash }
    const faults = faultsIn(entries, after ?? ORIGIN)
    if (entries.length === ROWS_PER_TURN) return { checked: entries.length, faults, next: last, last }
    // In the same turn, so that nobody adds a row in between.
    return {
      checked: entries.length,
      faults: [...faults, ...faultsAtEnd(last, store.head())],
      next: null,
      last,
    }
  }

  return {
    /**
     * Writes a change down. Call it in the transaction of the change: either both are kept or neither is.
     * Throws a plain Error outside of one.
     */
    record({ actor, action, subject, accountId, before, after }: Change): void {
      if (!store.isInTransaction()) throw new Error(`${action} is recorded outside of its transaction`)
      const end = store.end()
      const at = clock.now()
      const row = {
        seq: end.seq + 1,
        at,
        latestAt: Math.max(at, end.latestAt),
        actorKind: actor.kind,
        actorName: actor.name,
        actorFrom: actor.from,
        action,
        subject,
        accountId: accountId ?? null,
        before: textOf(before),
        after: textOf(after),
        previousHash: end.hash,
        hash: '',
      }
      store.append({ ...row, hash: entryHash(toEntry(row)) })
    },

    /** Newest first. */
    list: (filter: AuditFilter): AuditEntry[] => store.list(filter),

    /** The entries that come after a number, oldest first. */
    after: (seq: number, limit: number): AuditEntry[] => store.after(seq, limit),

    /** @returns what is wrong with the row that somebody noted, where the trail has not got it any more. */
    faultsOfNoted({ seq, hash }: Link): Fault[] {
      return store.at(seq)?.hash === hash ? [] : [{ seq, problem: 'is not the row whose hash was noted' }]
    },

    /**
     * Looks for rows that were altered, removed or put elsewhere, in turns of some ms.
     * @param after what was verified before; left out: nothing
     * @returns as much as one call does; go on with `next`.
     */
    async verify(after?: Link): Promise<Verification> {
      let { checked, faults, next, last } = verifyTurn(after)
      for (let turn = 1; turn < TURNS_PER_CALL && next !== null; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        const more = verifyTurn(next)
        checked += more.checked
        faults = [...faults, ...more.faults]
        ;({ next, last } = more)
      }
      return { checked, faults, next, last }
    },
  }
}

// --- internal ---

function textOf(side: Facts | undefined): string | null {
  if (side === undefined) return null
  const text = canonicalJson(side)
  const bytes = Buffer.byteLength(text)
  return bytes <= FACTS_BYTES_MAX ? text : canonicalJson({ omittedBytes: bytes })
}

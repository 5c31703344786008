import type { Accounts } from '../accounts/accounts.ts'
import { ORIGIN } from '../audit/entry.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { invalid } from '../errors.ts'
import { accountFilter } from './account-filter.ts'
import { listLimit } from './listed.ts'

export type ListAuditInput = {
  /** Changes of this key, and those that were made with it. */
  keyId?: string
  accountId?: string
  /** Only from this time on, in ms since the Unix epoch. */
  since?: number
  /** Only the last so many ms. */
  withinMs?: number
  /** Only rows before the one of this number: the page that follows. */
  before?: number
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
}

/** Where a row stands, and what it hashes to. */
export type AuditLink = { seq: number; hash: string }

export type VerifyAuditInput = {
  /** `next` of the call before; left out: from the beginning. */
  after?: AuditLink
  /** A row that was noted earlier, which must still be what it was. */
  noted?: AuditLink
}

/** What one call exports: a few hundred kB. */
const EXPORTED_PER_CALL = 500

type Parts = { audit: AuditTrail; accounts: Accounts; clock: Clock }

export function createAuditOperations({ audit, accounts, clock }: Parts) {
  const hasRows = (accountId: string) => audit.list({ accountId, limit: 1 }).length > 0

  return {
    /** Newest first. @throws INVALID_INPUT; NOT_FOUND for an account that never was */
    async list({ keyId, accountId, before, limit, ...period }: ListAuditInput) {
      const most = listLimit(limit)
      const since =
        period.since ?? (period.withinMs === undefined ? undefined : clock.now() - period.withinMs)
      if (since !== undefined && !Number.isFinite(since)) throw invalid('since', 'must be a point in time')
      if (before !== undefined && !Number.isSafeInteger(before))
        throw invalid('before', 'must be the number of a row')
      refuseNoText('keyId', keyId)
      const ofAccount = accountFilter(accounts, accountId, hasRows)
      return audit.list({ of: keyId, accountId: ofAccount, since, before, limit: most })
    },

    /**
     * Looks for rows that were altered, removed or put elsewhere: some 20,000 a call, so go on with what is `next`
     * until that is null. @throws INVALID_INPUT
     */
    async verify({ after, noted }: VerifyAuditInput) {
      refuseNoLink('after', after)
      refuseNoLink('noted', noted)
      const faults = noted === undefined ? [] : audit.faultsOfNoted(noted)
      const verified = await audit.verify(after)
      return { ...verified, faults: [...faults, ...verified.faults] }
    },

    /** The rows after a number, oldest first; as many as one call gives: none, at the end. @throws INVALID_INPUT */
    async export({ after = ORIGIN.seq }: { after?: number }) {
      if (!Number.isSafeInteger(after)) throw invalid('after', 'must be the number of a row')
      return audit.after(after, EXPORTED_PER_CALL)
    },
  }
}

// --- internal ---

function refuseNoText(field: string, value: string | undefined): void {
  if (value !== undefined && typeof value !== 'string') throw invalid(field, 'must be a text')
}

function refuseNoLink(field: string, link: AuditLink | undefined): void {
  if (link === undefined) return
  const isLink = Number.isSafeInteger(link?.seq) && /^[0-9a-f]{64}$/.test(link.hash)
  if (!isLink) throw invalid(field, 'must be the number of a row and the 64 hexadecimal digits of its hash')
}

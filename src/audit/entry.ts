import type { auditEntries } from '../db/schema/audit.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { isoTime } from '../lib/instant.ts'
import type { Actor } from './actor.ts'

/** What is told of a thing before or after a change; never a secret. */
export type Facts = Readonly<Record<string, unknown>>

/** One change, as it is shown, exported and hashed. */
export type AuditEntry = {
  /** 1, 2, 3 … without a gap. */
  seq: number
  /** ISO 8601. */
  at: string
  actor: Actor
  /** As the operation is called: keys.revoke */
  action: string
  /** The id of what was changed. */
  subject: string
  /** The account that it belongs to. */
  accountId: string | null
  /** null: it was not there. */
  before: Facts | null
  after: Facts | null
  /** Of the entry before; zeros for the first. */
  previousHash: string
  /** SHA-256, in hexadecimal digits, of all the other fields as JSON with sorted names. */
  hash: string
}

export type AuditRow = typeof auditEntries.$inferSelect

/** Where an entry stands in the chain. */
export type Link = { seq: number; hash: string }

/** What the first entry follows. */
export const ORIGIN: Link = { seq: 0, hash: '0'.repeat(64) }

export function entryHash({ hash: _, ...entry }: AuditEntry): string {
  return Bun.SHA256.hash(canonicalJson(entry), 'hex')
}

/** Also of a row that was tampered with: what cannot be read is shown as it stands, and has another hash. */
export function toEntry(row: AuditRow): AuditEntry {
  return {
    seq: row.seq,
    at: Math.abs(row.at) <= TIME_MAX ? isoTime(row.at) : String(row.at),
    actor: { kind: row.actorKind, name: row.actorName, from: row.actorFrom },
    action: row.action,
    subject: row.subject,
    accountId: row.accountId,
    before: factsIn(row.before),
    after: factsIn(row.after),
    previousHash: row.previousHash,
    hash: row.hash,
  }
}

// --- internal ---

/** The farthest from 1970 that a Date can tell, in ms. */
const TIME_MAX = 8.64e15

function factsIn(text: string | null): Facts | null {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return { unreadable: text }
  }
}

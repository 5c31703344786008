import { type Actor, operator } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { createSessionStore } from './session-store.ts'

/** Who is signed in. */
export type Session = {
  /** Who asked for the link: a name of the operating system, as the audit trail tells it. */
  operator: string
  /** What a page must send with each call, so that no other page can make one. */
  csrf: string
  /** ms since the Unix epoch, of the host. */
  expiresAt: number
}

export type Sessions = ReturnType<typeof createSessions>

/** A working day, and some. */
export const SESSION_MS = 12 * 3_600_000

const TICKET_MS = 5 * 60_000

/** The oldest goes: nobody has so many browsers. */
const SESSIONS_MAX = 100
const TICKETS_MAX = 100

/**
 * The dashboard's door. A ticket is what the link of `keyward admin dashboard` holds: it opens one session, within five
 * minutes, and is in memory alone. What a browser then holds is stored as a hash, so a restart ends nothing. All by the
 * host's time.
 */
export function createSessions({ db, hostClock, audit }: { db: Db; hostClock: Clock; audit: AuditTrail }) {
  const store = createSessionStore(db)
  /** By the hash of the ticket, the oldest first. */
  const tickets = new Map<string, { operator: string; expiresAt: number }>()

  return {
    /** @returns a ticket for the one who asks, to be used once before `expiresAt`. */
    issueTicket({ name }: Actor): { ticket: string; expiresAt: number } {
      const ticket = randomToken()
      const expiresAt = hostClock.now() + TICKET_MS
      tickets.set(hashOf(ticket), { operator: name, expiresAt })
      for (const oldest of tickets.keys()) if (tickets.size > TICKETS_MAX) tickets.delete(oldest)
      return { ticket, expiresAt }
    },

    /** Takes a ticket for a session. @returns null where it was used, is too old, or never was one. */
    open(ticket: string, address: string): { token: string; session: Session } | null {
      const now = hostClock.now()
      const hash = hashOf(ticket)
      const known = tickets.get(hash)
      if (known === undefined || known.expiresAt <= now) return null
      const token = randomToken()
      const expiresAt = now + SESSION_MS
      store.atomically(() => {
        store.deleteExpired(now)
        store.insert({ tokenHash: hashOf(token), operator: known.operator, createdAt: now, expiresAt })
        store.deleteBeyond(SESSIONS_MAX)
        const actor = operator(known.operator, 'dashboard')
        audit.record({
          actor,
          action: 'dashboard.signIn',
          subject: 'dashboard',
          after: { address, expiresAt },
        })
      })
      // Only now: it is good again where nothing could be stored.
      tickets.delete(hash)
      return { token, session: { operator: known.operator, csrf: csrfOf(token), expiresAt } }
    },

    /** @param token what the browser's cookie holds */
    find(token: string): Session | null {
      const stored = store.get(hashOf(token))
      if (stored === undefined || stored.expiresAt <= hostClock.now()) return null
      const { operator, expiresAt } = stored
      return { operator, csrf: csrfOf(token), expiresAt }
    },

    /** Signs one browser out. */
    close: (token: string): void => store.delete(hashOf(token)),

    /** Signs all browsers out, and lets no link that was given out open another. @returns how many they were. */
    closeAll(actor: Actor): number {
      tickets.clear()
      return store.atomically(() => {
        const closed = store.deleteAll()
        audit.record({ actor, action: 'dashboard.signOutAll', subject: 'dashboard', after: { closed } })
        return closed
      })
    },
  }
}

// --- internal ---

/** 256 bits. */
function randomToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}

function hashOf(token: string): string {
  return Bun.CryptoHasher.hash('sha256', token, 'hex')
}

/** Who knows the token can make it; who knows it cannot make the token. */
function csrfOf(token: string): string {
  return hashOf(`csrf ${token}`)
}

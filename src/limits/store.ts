import { inArray, lt, sql } from 'drizzle-orm'
import { writeAside } from '../db/change-count.ts'
import { changeOrInsert } from '../db/change-or-insert.ts'
import type { Db } from '../db/open.ts'
import { rateWindows } from '../db/schema/limits.ts'
import { lazily } from '../lib/lazily.ts'
import type { SavedWindow } from './limiter.ts'
import type { Limits } from './limits.ts'

/** Keeps the windows over a restart, so that restarting is no way round a limit. */
export type WindowStore = {
  /**
   * Writes some windows, at the next call the next ones, and so on in rounds; a crash loses what came since a window
   * was last written. Called for 500 ten times a second, it writes up to 10,000 active windows every 2 s.
   * @param now wall time in ms
   */
  saveSome(windowsMax: number, now: number): void
  /** Writes all of them, for a clean stop, which loses nothing. */
  saveAll(): void
  restore(): void
}

/** So many requests take about as long to write as a window itself. */
const LARGE = 500

/** Nothing is written twice within it, so that an idle disk stays idle. */
const ROUND_MS_MIN = 2000

export function createWindowStore(limits: Limits, db: Db): WindowStore {
  let round: Iterator<Named> | null = null
  let number = 0
  let nextRoundAt = 0
  const emptied = lazily(() => {
    const some = db
      .select({ rowid: sql`rowid` })
      .from(rateWindows)
      .where(lt(rateWindows.round, sql.placeholder('round')))
      .limit(sql.placeholder('limit'))
    return db.delete(rateWindows).where(inArray(sql`rowid`, some)).prepare()
  })
  const change = lazily(() =>
    db.$client.prepare<Row>(
      'update rate_windows set admitted = ?, round = ? where limiter = ? and subject = ?',
    ),
  )
  const insert = lazily(() =>
    db.$client.prepare<Row>(
      'insert into rate_windows (admitted, round, limiter, subject) values (?, ?, ?, ?)',
    ),
  )

  /** What was not written in this round has become empty: deletes some of it, and at least one. @returns whether all is gone. */
  function deleteEmptied(most: number): boolean {
    const limit = Math.min(Math.ceil(most), Number.MAX_SAFE_INTEGER)
    return emptied().run({ round: number, limit }).changes < limit
  }

  /** @returns whether the round is over. */
  function write(windows: Iterator<Named>, windowsMax: number): boolean {
    const writeSome = () => {
      for (let written = 0; written < windowsMax; ) {
        const next = windows.next()
        if (next.done) return deleteEmptied(windowsMax - written)
        const { limiter, subject, ages } = next.value
        changeOrInsert(change(), insert, [toBytes(next.value), number, limiter, subject])
        // A large window is as much work as many small ones.
        written += 1 + ages.length / LARGE
      }
      return false
    }
    return writeAside(db, () => db.transaction(writeSome, { behavior: 'immediate' }))
  }

  return {
    saveSome(windowsMax, now) {
      if (round === null) {
        if (now < nextRoundAt || Object.values(limits).every(({ size }) => size === 0)) return
        nextRoundAt = now + ROUND_MS_MIN
        number++
        round = allWindows(limits)
      }
      try {
        if (write(round, windowsMax)) round = null
      } catch (error) {
        // Windows that failed to be written would be deleted at the round's end as empty ones: begin a new round instead.
        round = null
        throw error
      }
    },

    saveAll() {
      number++
      write(allWindows(limits), Number.POSITIVE_INFINITY)
    },

    restore() {
      const rows = db.select().from(rateWindows).all()
      const saved = Map.groupBy(rows, (row) => row.limiter)
      for (const [name, limiter] of Object.entries(limits)) {
        limiter.restore((saved.get(name) ?? []).map(toWindow))
      }
      number = rows.reduce((latest, row) => Math.max(latest, row.round), 0)
    },
  }
}

// --- internal ---

type Named = SavedWindow & { limiter: string }

/** A window as it is stored: what was admitted, the round, the limiter, the subject. */
type Row = [Buffer, number, string, string]

function* allWindows(limits: Limits): Generator<Named> {
  for (const [limiter, { saved }] of Object.entries(limits)) {
    for (const window of saved()) yield { limiter, ...window }
  }
}

/** 8 bytes for the time, then 4 for the age of each request. */
function toBytes({ savedAt, ages }: SavedWindow): Buffer {
  // Asked for the memory behind it, an array that was made without one is copied first.
  const bytes = new ArrayBuffer(8 + ages.byteLength)
  new Float64Array(bytes, 0, 1).fill(savedAt)
  new Uint32Array(bytes, 8).set(ages)
  return Buffer.from(bytes)
}

function toWindow({ subject, admitted }: { subject: string; admitted: Buffer }): SavedWindow {
  const { buffer } = new Uint8Array(admitted)
  return { subject, savedAt: new Float64Array(buffer, 0, 1)[0] ?? 0, ages: new Uint32Array(buffer, 8) }
}

import { inArray, lt, sql } from 'drizzle-orm'
import { writeAside } from '../db/change-count.ts'
import type { Db } from '../db/open.ts'
import { rateWindowChunks } from '../db/schema/limits.ts'
import { lazily } from '../lib/lazily.ts'
import { logWarning } from '../log.ts'
import type { SavedWindow } from './limiter.ts'
import type { Limits } from './limits.ts'
import { toChunk, type WindowChunk, windowsOf } from './window-chunk.ts'

/** Keeps the windows over a restart, so that restarting is no way round a limit. */
export type WindowStore = {
  /**
   * Writes some windows, at the next call the next ones, and so on in rounds; a crash loses what came since a window
   * was last written. Called for 2000 ten times a second, it writes up to 40,000 active windows every 2 s, and a million
   * in 50 s.
   * @param windowsMax in whole chunks, so some hundred more may be written
   * @param now elapsed time in ms: the wall clock may be set back
   */
  saveSome(windowsMax: number, now: number): void
  /** Writes all of them, for a clean stop, which loses nothing. */
  saveAll(): void
  /** Takes up what is stored; what is damaged is told, and left out. */
  restore(): void
}

/** As many requests take about as long to write as a window: both are some 100 bytes. */
const LARGE = 25

/** To go past an empty window takes about as long as to write so much of one. */
const EMPTY = 1 / 8

/**
 * A row for each window would dirty a page of the table for each; a chunk of more than 128 KiB is memory that is mapped anew
 * each time, which takes twice as long.
 */
const CHUNK_WINDOWS = 500

/** To delete a chunk takes about as long as to write so many windows. */
const DELETION = 50

/** Nothing is written twice within it, so that an idle disk stays idle. */
const ROUND_MS_MIN = 2000

export function createWindowStore(limits: Limits, db: Db): WindowStore {
  let round: Round | null = null
  let nextRoundAt = 0
  const insert = lazily(() =>
    db
      .insert(rateWindowChunks)
      .values({
        limiter: sql.placeholder('limiter'),
        windows: sql.placeholder('windows'),
        admitted: sql.placeholder('admitted'),
      })
      .prepare(),
  )
  const deleteBefore = lazily(() => {
    const { id } = rateWindowChunks
    const some = db
      .select({ id })
      .from(rateWindowChunks)
      .where(lt(id, sql.placeholder('first')))
      .limit(sql.placeholder('limit'))
    return db.delete(rateWindowChunks).where(inArray(id, some)).prepare()
  })

  /** @returns whether the round is over, and of the rounds before it nothing is left. */
  function write(round: Round, windowsMax: number): boolean {
    const writeSome = () => {
      for (let written = 0; written < windowsMax; ) {
        const next = round.chunks.next()
        if (next.done) return deleteOlder(round, windowsMax)
        const { row, work } = next.value
        if (row !== null) insertInto(round, row)
        written += work
      }
      return false
    }
    return writeAside(db, () => db.transaction(writeSome, { behavior: 'immediate' }))
  }

  function insertInto(round: Round, row: Row): void {
    const { lastInsertRowid } = insert().run(row)
    round.first ??= Number(lastInsertRowid)
  }

  /** Deletes chunks whose windows this round has written again, or found empty. @returns whether all are gone. */
  function deleteOlder({ first }: Round, windowsMax: number): boolean {
    const limit = Math.min(Math.ceil(windowsMax / DELETION), Number.MAX_SAFE_INTEGER)
    return deleteBefore().run({ first: first ?? Number.MAX_SAFE_INTEGER, limit }).changes < limit
  }

  return {
    saveSome(windowsMax, now) {
      if (round === null) {
        if (now < nextRoundAt || Object.values(limits).every(({ size }) => size === 0)) return
        nextRoundAt = now + ROUND_MS_MIN
        round = newRound(limits)
      }
      try {
        if (write(round, windowsMax)) round = null
      } catch (error) {
        // Windows that failed to be written are in no chunk of this round, and those of the round before must stay.
        round = null
        throw error
      }
    },

    saveAll() {
      // A round under way would delete these chunks as older ones.
      round = null
      write(newRound(limits), Number.POSITIVE_INFINITY)
    },

    restore() {
      const rows = db.$client
        .prepare<[], WindowChunk & { limiter: string }>('select * from rate_window_chunks order by id')
        .iterate()
      const limiters = new Map(Object.entries(limits))
      let damaged = 0
      for (const { limiter, ...chunk } of rows) {
        const windows = windowsOf(chunk)
        if (windows === null) damaged++
        else limiters.get(limiter)?.restore(windows)
      }
      if (damaged > 0)
        logWarning(`of the stored windows of the limits, parts that are damaged and left out: ${damaged}`)
    },
  }
}

// --- internal ---

type Round = {
  /** What is still to be written. */
  chunks: Iterator<Chunk>
  /** Its first chunk's id; null where there is none yet. */
  first: number | null
}

type Row = WindowChunk & { limiter: string }

type Chunk = {
  /** null: all windows here are empty. */
  row: Row | null
  /** It takes as long to write as so many small windows. */
  work: number
}

function newRound(limits: Limits): Round {
  return { chunks: chunksOf(limits), first: null }
}

function* chunksOf(limits: Limits): Generator<Chunk> {
  for (const [limiter, { each }] of Object.entries(limits)) {
    let windows: SavedWindow[] = []
    let work = 0
    const chunk = () => ({ work, row: windows.length === 0 ? null : { limiter, ...toChunk(windows) } })
    for (const window of each()) {
      if (window !== null) windows.push(window)
      work += window === null ? EMPTY : 1 + Math.floor(window.runs.length / LARGE)
      if (work < CHUNK_WINDOWS) continue
      yield chunk()
      windows = []
      work = 0
    }
    yield chunk()
  }
}

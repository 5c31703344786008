import type { Clock } from '../clock.ts'
import { writeAside } from '../db/change-count.ts'
import { sqliteCode } from '../db/driver.ts'
import type { Db } from '../db/open.ts'
import { SECOND_MS } from '../lib/duration.ts'
import { nextTurn } from '../lib/next-turn.ts'

/** What is counted in memory until it is stored, by numbers that stand in the order of the tables. */
export type Waiting<Row> = {
  /** In ascending order; each as often as it has a share that is stored by itself. */
  numbers(): Float64Array
  /** From which difference on the rows of two numbers stand on different pages of the tables. */
  readonly apart: number
  /** The next share of a number (0), or one after it; [] where it is stored by now. */
  rowsOf(number: number, share: number): readonly Row[]
  /** In the caller's transaction. */
  write(row: Row): void
  /** Its next share is stored. */
  remove(number: number): void
}

/**
 * Stores what waits in rounds, each in the order of the tables, so that rows which share a page are written together.
 * What cannot be stored goes on waiting.
 */
export function createUsageRounds<Row>({ db, clock, waiting }: Parts<Row>) {
  /** What waited when the round began, and how far it has come. */
  let round: Float64Array = NOTHING
  let next = 0
  let dueAtMs = clock.elapsed() + ROUND_MS_MIN

  /** Stores as many from a place on as make so much work, and at least one. @returns the place after them */
  function storeSome(numbers: Float64Array, from: number, workMax: number): number {
    const rows: Row[] = []
    let to = from
    let share = 0
    for (let reaching = 0; to < numbers.length && rows.length + reaching < workMax; to++) {
      const step = to > from ? at(numbers, to) - at(numbers, to - 1) : Number.POSITIVE_INFINITY
      share = step === 0 ? share + 1 : 0
      reaching += step < waiting.apart ? 0 : WORK_TO_REACH
      rows.push(...waiting.rowsOf(at(numbers, to), share))
    }
    storeTogether(rows)
    // Only now, so that a full disk or a locked database costs no count.
    for (const number of numbers.subarray(from, to)) waiting.remove(number)
    return to
  }

  function storeTogether(rows: readonly Row[]): void {
    if (rows.length === 0) return
    const store = () => {
      for (const row of rows) writeUnlessDeleted(() => waiting.write(row))
    }
    writeAside(db, () => db.transaction(store, { behavior: 'immediate' }))
  }

  return {
    /** Goes on with the round, or begins one if the last began a second ago. For a timer. @param workMax in keys that stand together */
    takeTurn(workMax = WORK_PER_TURN): void {
      if (next === round.length && clock.elapsed() >= dueAtMs) {
        round = waiting.numbers()
        next = 0
        dueAtMs = clock.elapsed() + ROUND_MS_MIN
      }
      next = storeSome(round, next, workMax)
    },

    /** Stores what waits as this is called, in slices between which requests are served. @throws SQLite's error */
    async storeAll(): Promise<void> {
      const numbers = waiting.numbers()
      for (let from = 0; from < numbers.length; ) {
        from = storeSome(numbers, from, WORK_PER_TURN)
        if (from < numbers.length) await nextTurn()
      }
    },

    /** In one transaction, without a round. @throws SQLite's error */
    storeTogether,
  }
}

/** Of keys that stand together: some 2 ms. */
export const WORK_PER_TURN = 200

// --- internal ---

/** A key may have been deleted with its account, or by hand with the sqlite3 shell; that must not hold up the others. */
function writeUnlessDeleted(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_FOREIGNKEY') throw error
  }
}

type Parts<Row> = { db: Db; clock: Pick<Clock, 'elapsed'>; waiting: Waiting<Row> }

const NOTHING = new Float64Array()

/** A key that is used all the time costs a write of some 10 µs each. */
const ROUND_MS_MIN = SECOND_MS

/** To reach other pages of the tables costs as much as to change the rows of some five keys there. */
const WORK_TO_REACH = 5

function at(numbers: Float64Array, place: number): number {
  return numbers[place] ?? 0
}

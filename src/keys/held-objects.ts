import { type KeyRows, TURNS } from './key-rows.ts'
import type { LiveKey } from './live-key.ts'

/**
 * Which keys are at hand as objects: as many as are allowed, and then those that are asked for twice. What comes once in a long
 * time would push out what comes again and again, and all that is held for a while and then let go is work for the garbage
 * collector: with a million keys in use it held up requests, and twice the memory.
 */
export type HeldObjects = {
  of(row: number): LiveKey | undefined
  /** Holds the object that a row's key has just been made. */
  offer(row: number, key: LiveKey): void
  /** Lets go the row's object; before the row is another's. */
  letGo(row: number): void
  clear(): void
}

export function createHeldObjects(rows: KeyRows, objectsMax: number): HeldObjects {
  /** By number, from 1: the object and its row, where there is one. */
  let objects: (LiveKey | undefined)[] = [undefined]
  let rowsOf: number[] = [NO_ROW]
  /** The one that was held first is let go first, once there are so many. */
  let next = 1
  let turn = 1
  let offered = 0

  function hold(row: number, key: LiveKey): void {
    const before = rowsOf[next] ?? NO_ROW
    if (before !== NO_ROW) rows.setObject(before, 0)
    objects[next] = key
    rowsOf[next] = row
    rows.setObject(row, next)
    next = next === objectsMax ? 1 : next + 1
  }

  /** Whether it was offered before, not more than twice as many ago as are held. Marks it as offered. */
  function wasOffered(row: number): boolean {
    if (++offered > objectsMax) {
      offered = 0
      turn = after(turn)
    }
    const latest = rows.turnOf(row)
    rows.setTurn(row, turn)
    return latest !== 0 && (latest === turn || after(latest) === turn)
  }

  return {
    of: (row) => objects[rows.objectOf(row)],

    offer(row, key) {
      const hasRoom = objects.length <= objectsMax
      if (hasRoom || wasOffered(row)) hold(row, key)
    },

    letGo(row) {
      const object = rows.objectOf(row)
      if (object === 0) return
      rows.setObject(row, 0)
      objects[object] = undefined
      rowsOf[object] = NO_ROW
    },

    clear() {
      objects = [undefined]
      rowsOf = [NO_ROW]
      next = 1
    },
  }
}

// --- internal ---

const NO_ROW = -1

/** A mark that is 31 turns old looks like a new one: one more object is held, for a while. */
function after(turn: number): number {
  return turn === TURNS ? 1 : turn + 1
}

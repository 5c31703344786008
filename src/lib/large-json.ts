import { readJson } from './json-reading.ts'
import { writeJson } from './json-writing.ts'
import { nextTurn } from './next-turn.ts'
import { inSlices } from './sliced-work.ts'

/** JSON that takes so many characters is read or written in about a millisecond, or a few. */
const LARGE_CHARS = 256 * 1024

/** Lets what else there is to do be done, where so much text has been worked on. */
export async function restAfter(chars: number): Promise<void> {
  if (chars >= LARGE_CHARS) await nextTurn()
}

/**
 * `restAfter` for many texts that are worked on one after the other: after so much text in all, for a thousand that are not
 * large by themselves are together.
 */
export function createRests(): (chars: number) => Promise<void> {
  let worked = 0
  return async (chars) => {
    worked += chars + TEXT_COST
    if (worked < LARGE_CHARS) return
    worked = 0
    await nextTurn()
  }
}

/** Reads JSON with time for the others meanwhile. Its depth must be bounded. Rejects with SyntaxError. */
export async function parsed(json: string | null): Promise<unknown> {
  return json === null ? null : inSlices(readJson(json))
}

/** Writes JSON with time for the others meanwhile. @param value as for `jsonParts` */
export async function written(value: unknown): Promise<string> {
  const parts = await jsonParts(value)
  return parts.join('')
}

/** `writeJson` with time for the others between the parts. */
export function jsonParts(value: unknown): Promise<string[]> {
  return inSlices(writeJson(value))
}

// --- internal ---

/** What a text costs besides its characters: with it goes a record, or a step, that is looked at. */
const TEXT_COST = 4096

import { OversizeError } from './output.ts'

export type RunSpace = ReturnType<typeof createRunSpace>

/**
 * What all steps of a run may leave, inputs and logs included, in characters of JSON, about: an execution that takes
 * a run up again loads all of it.
 */
const RUN_MIB_MAX = 50
const RUN_CHARS_MAX = RUN_MIB_MAX * 1024 * 1024

/** @param there what the run's steps have left so far */
export function createRunSpace(there: Iterable<unknown>) {
  let used = 0
  for (const record of there) used += sizeOf(record)

  return {
    /** Takes the room of a record that is to be kept. @throws OversizeError where there is not enough. */
    take(record: unknown): void {
      const size = sizeOf(record)
      if (used + size > RUN_CHARS_MAX) {
        throw new OversizeError(`The steps of the run leave more than ${RUN_MIB_MAX} MiB in all`)
      }
      used += size
    },
  }
}

// --- internal ---

/** Walks with a list and writes nothing: a record may be of 10 MiB, and other requests wait meanwhile. */
function sizeOf(value: unknown): number {
  let size = 0
  const rest: unknown[] = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    size += typeof next === 'string' ? next.length + QUOTES : SCALAR
    if (typeof next !== 'object' || next === null) continue
    if (Array.isArray(next)) {
      for (const item of next) rest.push(item)
      continue
    }
    for (const key of Object.keys(next)) {
      size += key.length + QUOTES
      rest.push(Reflect.get(next, key))
    }
  }
  return size
}

/** With the comma or the colon after them. */
const QUOTES = 3

/** A number, a truth value, null, or a pair of brackets; about. */
const SCALAR = 4

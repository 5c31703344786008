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
    /** Takes the room of a record that is to be kept. @returns how much. @throws OversizeError where there is not enough. */
    take(record: unknown): number {
      const size = sizeOf(record)
      if (used + size > RUN_CHARS_MAX) {
        throw new OversizeError(`The steps of the run leave more than ${RUN_MIB_MAX} MiB in all`)
      }
      used += size
      return size
    },
  }
}

// --- internal ---

/** Writes nothing: a record may be of 10 MiB, and other requests wait meanwhile. Its depth is bounded (secret-mask.ts). */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + QUOTES
  if (typeof value !== 'object' || value === null) return SCALAR
  let size = SCALAR
  if (Array.isArray(value)) {
    for (const item of value) size += sizeOf(item)
    return size
  }
  for (const name of Object.keys(value)) size += name.length + QUOTES + sizeOf(Reflect.get(value, name))
  return size
}

/** With the comma or the colon after them. */
const QUOTES = 3

/** A number, a truth value, null, or a pair of brackets; about. */
const SCALAR = 4

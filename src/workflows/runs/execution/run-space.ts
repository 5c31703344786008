import { jsonSize } from '../../../lib/json-size.ts'
import { createRests } from '../../../lib/large-json.ts'
import { OversizeError } from '../../steps/output-bounds.ts'

export type RunSpace = Awaited<ReturnType<typeof createRunSpace>>

/**
 * What all steps of a run may leave, inputs and logs included, in characters of JSON, about: an execution that takes
 * a run up again loads all of it.
 */
const RUN_MIB_MAX = 50
const RUN_CHARS_MAX = RUN_MIB_MAX * 1024 * 1024

/** @param there what the run's steps have left so far */
export async function createRunSpace(there: Iterable<unknown>) {
  const rest = createRests()
  let used = 0
  for (const record of there) {
    const size = jsonSize(record)
    used += size
    await rest(size)
  }

  return {
    /** Takes the room of a record that is to be kept. @returns how much. @throws OversizeError where there is not enough. */
    take(record: unknown): number {
      const size = jsonSize(record)
      if (used + size > RUN_CHARS_MAX) {
        throw new OversizeError(`The steps of the run leave more than ${RUN_MIB_MAX} MiB in all`)
      }
      used += size
      return size
    },
  }
}

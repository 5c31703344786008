import { isDeepStrictEqual } from 'node:util'
import type { Facts } from './entry.ts'

/** @returns the fields that a change has changed, as they were and as they are; null where there are none. */
export function differences(before: Facts, after: Facts): { before: Facts; after: Facts } | null {
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  )
  if (names.length === 0) return null
  const only = (facts: Facts) => Object.fromEntries(names.map((name) => [name, facts[name]]))
  return { before: only(before), after: only(after) }
}

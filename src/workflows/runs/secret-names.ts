import type { Step } from '../plan/step.ts'
import { readingsOf } from '../plan/step-texts.ts'

/** Of so many versions of workflows the names are kept. */
const KEPT_MAX = 1000

/**
 * The names of the secrets that a version of a workflow reads, kept from the first time: to read all expressions of
 * a large definition takes as long as some hundred starts.
 */
export function createSecretNames() {
  const kept = new Map<string, string[]>()

  return ({ id, version, steps }: { id: string; version: number; steps: readonly Step[] }): string[] => {
    const key = `${id}/${version}`
    const known = kept.get(key)
    if (known) return known
    const names = secretsNamedIn(steps)
    if (kept.size >= KEPT_MAX) kept.clear()
    kept.set(key, names)
    return names
  }
}

// --- internal ---

/** The names of the secrets that the templates and formulas of these steps read. */
function secretsNamedIn(steps: readonly Step[]): string[] {
  const names = steps
    .flatMap(readingsOf)
    .flatMap(({ paths }) => paths)
    .flatMap(([first, name]) => (first === 'secrets' && name !== undefined ? [name] : []))
  return [...new Set(names)]
}

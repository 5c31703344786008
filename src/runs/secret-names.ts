import type { Step } from '../flow/step.ts'
import { pathsIn } from '../templates/paths.ts'

/** The names of the secrets that the templates of these steps read. */
export function secretsNamedIn(steps: readonly Step[]): string[] {
  const names = steps
    .flatMap(({ config }) => pathsIn(config))
    .flatMap(([first, name]) => (first === 'secrets' && name !== undefined ? [name] : []))
  return [...new Set(names)]
}

import type { Light } from '../parts/graph/graph-view.tsx'
import type { RunDetails } from './run.tsx'

type Step = RunDetails['steps'][number]

/** What a step in a loop is, that was done many times: what is most in need of a look. */
const FIRST_SEEN: readonly Step['status'][] = [
  'failed',
  'retrying',
  'running',
  'pending',
  'completed',
  'skipped',
]

/** What the graph shows of each step, by its id. */
export function lightsOf(steps: readonly Step[]): ReadonlyMap<string, Light> {
  const byId = Map.groupBy(steps, ({ id }) => id)
  return new Map([...byId].map(([id, rounds]) => [id, lightOf(rounds)]))
}

/** The round of a step to look at first: one that failed or is under way, or the last. @returns its path */
export function pathOf(steps: readonly Step[], id: string): string | undefined {
  const rounds = steps.filter((step) => step.id === id)
  const { status } = lightOf(rounds)
  return rounds.findLast((step) => step.status === status)?.path
}

// --- internal ---

function lightOf(rounds: readonly Step[]): Light {
  const status = FIRST_SEEN.find((one) => rounds.some((step) => step.status === one)) ?? 'pending'
  const count = rounds.filter((step) => step.status === status).length
  if (rounds.length <= 1) return { status, text: status }
  return { status, text: `${count} of ${rounds.length} ${status}` }
}

import type { Problem } from '../errors.ts'
import { fieldPath } from '../field-path.ts'
import { pathsIn, templateProblem } from '../templates/paths.ts'
import { type Json, kindOf, type Step, type StepKind } from './step.ts'

/** What in a step's config stays as it was written, so that `{{` in it is none of ours: programs. */
const PROGRAMS: Partial<Record<StepKind, readonly string[]>> = {
  code: ['code'],
  transform: ['code', 'script'],
}

/** Templates that cannot be read, and those that name a step which there is not. */
export function templateProblems(steps: readonly Step[]): Problem[] {
  const known = new Set(steps.map(({ id }) => id))
  return steps.flatMap((step, i) => {
    const programs = PROGRAMS[kindOf(step)] ?? []
    const config = Object.entries(step.config).filter(([key]) => !programs.includes(key))
    return textsIn(Object.fromEntries(config), `/steps/${i}/config`).flatMap(({ text, pointer }) =>
      problemsIn(text, known).map((message) => ({ field: fieldPath(pointer), message })),
    )
  })
}

// --- internal ---

function problemsIn(text: string, known: ReadonlySet<string>): string[] {
  const unreadable = templateProblem(text)
  if (unreadable !== null) return [unreadable]
  const named = pathsIn(text).flatMap(([first, id]) => (first === 'steps' && id !== undefined ? [id] : []))
  const missing = new Set(named.filter((id) => !known.has(id)))
  return [...missing].map((id) => `refers to the step ${id.slice(0, ID_SHOWN_MAX)}, which there is not`)
}

/** The ids of steps are no longer than this; what else a template names need not be repeated whole. */
const ID_SHOWN_MAX = 64

/** Every text in a config, and where. Goes no deeper than the JSON of a request may. */
function textsIn(config: Json, at: string): { text: string; pointer: string }[] {
  const texts: { text: string; pointer: string }[] = []
  const pending: { value: unknown; pointer: string }[] = [{ value: config, pointer: at }]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, pointer } = next
    if (typeof value === 'string' && value.includes('{{')) texts.push({ text: value, pointer })
    if (typeof value !== 'object' || value === null) continue
    for (const [key, child] of Object.entries(value).reverse()) {
      pending.push({ value: child, pointer: `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` })
    }
  }
  return texts
}

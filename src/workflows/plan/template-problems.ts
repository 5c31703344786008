import { PROBLEMS_MAX } from '../../errors.ts'
import { fieldPath } from '../../lib/field-path.ts'
import { nearMiss } from '../../lib/near-miss.ts'
import type { Problem } from '../../lib/problem.ts'
import { meantTemplate } from '../steps/bare-field.ts'
import { rulesOf } from '../steps/kinds.ts'
import { CONTEXT_NAMES, RUN_FIELDS, WORKFLOW_FIELDS } from '../templates/context.ts'
import type { Reading } from '../templates/paths.ts'
import { type Body, bodiesOf, NESTING_MAX } from './bodies.ts'
import type { CanvasState, Step } from './step.ts'
import { readingOfText, textsOf } from './step-texts.ts'

/**
 * Templates that cannot be read, and those that name an unknown step, or something else that no template
 * of their step sees.
 * @param variables the names of the workflow's variables.
 */
export function templateProblems(
  steps: readonly Step[],
  canvas: CanvasState | null,
  variables: readonly string[],
): Problem[] {
  const seen = { ids: new Set(steps.map(({ id }) => id)), variables: new Set(variables) }
  const itemsAround = itemNames(steps, canvas)
  const problems: Problem[] = []
  for (const [i, step] of steps.entries()) {
    const texts = textsOf(step, `/steps/${i}/config`)
    if (texts.length === 0) continue
    const around = { ...seen, items: itemsAround(step.id) }
    const inside = { ...seen, items: [...around.items, ...itemsOf(step)] }
    for (const text of texts) {
      const names = text.isInside ? inside : around
      const reading = readingOfText(text, (field) => meantTemplate(field, names.items))
      const messages = problemsIn(reading, names)
      problems.push(...messages.map((message) => ({ field: fieldPath(text.pointer), message })))
      if (problems.length >= PROBLEMS_MAX) return problems.slice(0, PROBLEMS_MAX)
    }
  }
  return problems
}

// --- internal ---

type Names = {
  /** The ids of all steps. */
  ids: ReadonlySet<string>
  variables: ReadonlySet<string>
  /** The items and indexes of the loops around. */
  items: readonly string[]
}

function problemsIn({ problem, paths, hyphenated }: Reading, { ids, variables, items }: Names): string[] {
  if (problem !== null) return [problem]
  const isOwn = (name: string) => variables.has(name) || items.includes(name)
  const missing = paths.flatMap(([first, id]) =>
    first === 'steps' && id !== undefined && !ids.has(id) ? [id] : [],
  )
  const unknown = paths.flatMap(([first = '']) =>
    CONTEXT_NAMES.includes(first) || isOwn(first) ? [] : [first],
  )
  const absent = [
    ...absentFrom('variables', paths, variables).map((name) => `variable ${name}`),
    ...absentFrom('run', paths, OF_RUN).map((name) => `field run.${name}`),
    ...absentFrom('workflow', paths, OF_WORKFLOW).map((name) => `field workflow.${name}`),
  ]
  const ambiguous = hyphenated.filter((member) => isOwn(member.split('-').at(-1) ?? ''))
  if (missing.length + unknown.length + absent.length + ambiguous.length === 0) return []
  const known = () => [...CONTEXT_NAMES, ...items, ...suggested(variables)]
  return [
    ...distinct(missing).map((id) => `refers to unknown step ${id}`),
    ...distinct(unknown).map(
      (name) => `refers to ${name}, which no template here sees.${nearMiss(name, known())}`,
    ),
    ...absent.map((what) => `refers to unknown ${what}`),
    ...distinct(ambiguous).map((member) => {
      const choice = `write ["${member}"], or spaces around the minus`
      return `has ${member}, which may be a name or a subtraction: ${choice}`
    }),
  ]
}

const OF_RUN: ReadonlySet<string> = new Set(RUN_FIELDS)
const OF_WORKFLOW: ReadonlySet<string> = new Set(WORKFLOW_FIELDS)

/** The names that paths read in this part of the context and that are not there, each with its near miss. */
function absentFrom(part: string, paths: readonly string[][], names: ReadonlySet<string>): string[] {
  const absent = paths.flatMap(([first, name]) =>
    first === part && name !== undefined && !names.has(name) ? [name] : [],
  )
  return distinct(absent).map((name) => `${name}.${nearMiss(name, suggested(names))}`)
}

/** Near misses are looked for among these: some, and none so long that to compare them takes time. */
function suggested(names: ReadonlySet<string>): string[] {
  return [
    ...names
      .values()
      .filter(({ length }) => length <= NAME_SHOWN_MAX)
      .take(SUGGESTED_MAX),
  ]
}

const SUGGESTED_MAX = 100

/** Each once, as many as are told, and cut to what can be an id: the rest need not be repeated whole. */
function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].slice(0, PROBLEMS_MAX).map((name) => name.slice(0, NAME_SHOWN_MAX))
}

/** The ids of steps are no longer than this; what else a template names need not be repeated whole. */
const NAME_SHOWN_MAX = 64

/** @returns what the loops and parallels around a step name for its templates, the outermost last. */
function itemNames(steps: readonly Step[], canvas: CanvasState | null) {
  const stepOf = new Map(steps.map((step) => [step.id, step]))
  const homeOf = new Map<string, Body>()
  for (const body of bodiesOf(steps, canvas)) for (const { id } of body.members) homeOf.set(id, body)

  return (id: string): string[] => {
    const names: string[] = []
    let home = homeOf.get(id)
    for (let depth = 0; home && depth < NESTING_MAX; depth++) {
      const container = stepOf.get(home.container)
      if (container) names.push(...itemsOf(container))
      home = homeOf.get(home.container)
    }
    return names
  }
}

/** What a loop or a parallel names for the steps in it. */
function itemsOf(step: Step): string[] {
  const rules = rulesOf(step)
  return rules.way === 'contained' ? rules.variables(step.config) : []
}

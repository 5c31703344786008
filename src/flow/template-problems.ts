import type { Problem } from '../errors.ts'
import { fieldPath } from '../field-path.ts'
import { nearMiss } from '../near-miss.ts'
import { CONTEXT_NAMES } from '../templates/context.ts'
import { formulaReading } from '../templates/formula.ts'
import { expressionCost, type Reading, templateReading } from '../templates/paths.ts'
import { type Body, bodiesOf, NESTING_MAX } from './bodies.ts'
import { type CanvasState, kindOf, type Step, type StepKind } from './step.ts'

/** What in a step's config stays as it was written, so that `{{` in it is none of ours: programs. */
const PROGRAMS: Partial<Record<StepKind, readonly string[]>> = {
  code: ['code'],
  transform: ['code', 'script'],
}

/** What is one expression where it is a text, with braces or without. */
const FORMULAS: Partial<Record<StepKind, readonly string[]>> = {
  condition: ['expression', 'condition', 'conditions'],
  loop: ['whileCondition', 'breakCondition'],
}

/**
 * How many characters all expressions of a definition may have together, and a few more for each: a definition of
 * 1 MiB of them would hold the event loop for a third of a second; so many take some 30 ms.
 */
const EXPRESSIONS_CHARS_MAX = 150_000

/** That a definition has more expressions than can be read while others wait. */
export function expressionBulkProblems(steps: readonly Step[]): Problem[] {
  let cost = 0
  for (const step of steps) {
    for (const { text, isFormula } of textsOf(step, ''))
      cost += isFormula ? text.length : expressionCost(text)
  }
  if (cost <= EXPRESSIONS_CHARS_MAX) return []
  const message = `must not have more than ${EXPRESSIONS_CHARS_MAX} characters in their expressions, all together`
  return [{ field: 'steps', message }]
}

/**
 * Templates that cannot be read, and those that name a step which there is not, or something else that no template
 * of their step sees.
 * @param variables the names of the workflow's variables.
 */
export function templateProblems(
  steps: readonly Step[],
  canvas: CanvasState | null,
  variables: readonly string[],
): Problem[] {
  const ids = new Set(steps.map(({ id }) => id))
  const itemsAround = itemNames(steps, canvas)
  return steps.flatMap((step, i) => {
    const texts = textsOf(step, `/steps/${i}/config`)
    if (texts.length === 0) return []
    const own = new Set([...variables, ...itemsAround(step.id)])
    const ownInside = new Set([...own, ...itemsOf(step)])
    return texts.flatMap(({ text, pointer, isFormula, isInside }) => {
      const reading = isFormula ? formulaReading(text) : templateReading(text)
      return problemsIn(reading, { ids, own: isInside ? ownInside : own }).map((message) => ({
        field: fieldPath(pointer),
        message,
      }))
    })
  })
}

// --- internal ---

type Names = {
  /** The ids of all steps. */
  ids: ReadonlySet<string>
  /** What the workflow itself names: variables, and the items of the loops around. */
  own: ReadonlySet<string>
}

function problemsIn({ problem, paths, hyphenated }: Reading, { ids, own }: Names): string[] {
  if (problem !== null) return [problem]
  const missing = paths.flatMap(([first, id]) =>
    first === 'steps' && id !== undefined && !ids.has(id) ? [id] : [],
  )
  const unknown = paths.flatMap(([first = '']) =>
    CONTEXT_NAMES.includes(first) || own.has(first) ? [] : [first],
  )
  const ambiguous = hyphenated.filter((member) => own.has(member.split('-').at(-1) ?? ''))
  const known = [...CONTEXT_NAMES, ...own]
  return [
    ...[...new Set(missing)].map((id) => `refers to the step ${shown(id)}, which there is not`),
    ...[...new Set(unknown)].map(
      (name) => `refers to ${shown(name)}, which no template here sees.${nearMiss(name, known)}`,
    ),
    ...[...new Set(ambiguous)].map(
      (member) =>
        `has ${shown(member)}, which may be a name or a subtraction: write ["${shown(member)}"], or spaces around the minus`,
    ),
  ]
}

/** The ids of steps are no longer than this; what else a template names need not be repeated whole. */
const NAME_SHOWN_MAX = 64

function shown(name: string): string {
  return name.slice(0, NAME_SHOWN_MAX)
}

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
  const { itemVariable, indexVariable, forEachSource, forEachAs } = step.config
  switch (kindOf(step)) {
    case 'loop':
      return [nameOr(itemVariable, 'item'), nameOr(indexVariable, 'index')]
    case 'parallel':
      return forEachSource === undefined ? [] : [nameOr(forEachAs, 'item'), 'index']
    default:
      return []
  }
}

function nameOr(given: unknown, otherwise: string): string {
  return typeof given === 'string' ? given : otherwise
}

type Text = {
  text: string
  pointer: string
  isFormula: boolean
  /** It is worked out in each iteration of the step, and sees the item and the index. */
  isInside: boolean
}

/** Every template and formula in a step's config, and where. Goes no deeper than the JSON of a request may. */
function textsOf(step: Step, at: string): Text[] {
  const kind = kindOf(step)
  const texts: Text[] = []
  const pending: (Omit<Text, 'text'> & { value: unknown })[] = []
  for (const [key, value] of Object.entries(step.config).reverse()) {
    if (PROGRAMS[kind]?.includes(key)) continue
    const isCondition = FORMULAS[kind]?.includes(key) === true
    const isFormula = isCondition && typeof value === 'string' && value !== ''
    pending.push({ value, pointer: `${at}/${escaped(key)}`, isFormula, isInside: isCondition })
  }
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, pointer, isFormula, isInside } = next
    if (typeof value === 'string' && (isFormula || value.includes('{{')))
      texts.push({ text: value, pointer, isFormula, isInside })
    if (typeof value !== 'object' || value === null) continue
    for (const [key, child] of Object.entries(value).reverse()) {
      pending.push({ value: child, pointer: `${pointer}/${escaped(key)}`, isFormula: false, isInside })
    }
  }
  return texts
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

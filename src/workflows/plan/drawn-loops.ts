import type { Json } from '../../lib/json-object.ts'
import { kindOf } from '../steps/kinds.ts'
import type { CanvasState, Step } from './step.ts'

/** The steps with what the canvas says of their loops, and where it says it. */
export type DrawnLoops = {
  steps: readonly Step[]
  /** The field of the definition that a field of these steps comes from: "canvasState.loops.each.forEachItems". */
  fieldOf(field: string): string
}

/**
 * What Studio draws of a loop (workflows/README.md, "Canvas") counts where its config does not say it: `loopType` where
 * the config says nothing of how often, and of a type's `collection` or `iterations` what is missing.
 */
export function withDrawnLoops(steps: readonly Step[], canvas: CanvasState | null): DrawnLoops {
  const loops = new Map(Object.entries(canvas?.loops ?? {}))
  const sources = new Map<string, string>()
  const drawn = steps.map((step, i): Step => {
    const loop = kindOf(step) === 'loop' ? loops.get(step.id) : undefined
    if (!loop) return step
    const filled = missingIn(step.config, loop)
    for (const { name, from } of filled) {
      sources.set(`steps[${i}].config.${name}`, `canvasState.loops.${step.id}.${from}`)
    }
    const fields = Object.fromEntries(filled.map(({ name, value }) => [name, value]))
    return { ...step, config: { ...step.config, ...fields } }
  })
  return {
    steps: drawn,
    fieldOf(field) {
      const [, own = '', inside = ''] = /^(steps\[\d+\]\.config\.\w+)(.*)$/s.exec(field) ?? []
      const source = sources.get(own)
      return source === undefined ? field : source + inside
    },
  }
}

// --- internal ---

type Filled = { name: string; from: string; value: unknown }

/** What a loop goes by, and what the canvas calls it. */
const GOES_BY: ReadonlyMap<unknown, { name: string; from: string }> = new Map([
  ['forEach', { name: 'collection', from: 'forEachItems' }],
  ['for', { name: 'iterations', from: 'iterations' }],
])

const SAY_HOW_OFTEN = ['loopType', 'collection', 'iterations', 'whileCondition']

function missingIn(config: Json, drawn: Json): Filled[] {
  const isSaid = SAY_HOW_OFTEN.some((name) => isGiven(config[name]))
  const loopType = isSaid ? config.loopType : typeOf(drawn)
  const goesBy = GOES_BY.get(loopType)
  const filled: Filled[] = []
  if (!isSaid && isGiven(loopType)) filled.push({ name: 'loopType', from: 'loopType', value: loopType })
  if (goesBy && !isGiven(config[goesBy.name]) && isGiven(drawn[goesBy.from])) {
    filled.push({ ...goesBy, value: drawn[goesBy.from] })
  }
  return filled
}

/** Where the canvas names no type, the fields that it has tell it. */
function typeOf({ loopType, forEachItems, iterations }: Json): unknown {
  if (isGiven(loopType)) return loopType
  if (isGiven(forEachItems)) return 'forEach'
  return isGiven(iterations) ? 'for' : undefined
}

/** An empty field of Studio says nothing. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

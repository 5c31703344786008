import { isObject } from '../../lib/json-object.ts'
import { bareTemplate, isBarePath } from '../steps/bare-field.ts'
import { rulesOf } from '../steps/kinds.ts'
import { formulaReading } from '../templates/formula.ts'
import { type Reading, templateReading } from '../templates/paths.ts'
import { hasPlaceholder } from '../templates/placeholders.ts'
import type { Step } from './step.ts'

/** A text in a step's config that is worked out when the step runs. */
export type StepText = {
  text: string
  pointer: string
  /** `field`: of a condition; it may be a path without braces. */
  kind: 'template' | 'formula' | 'field'
  /** It is worked out in each iteration of the step, and sees the item and the index. */
  isInside: boolean
}

/** Every template and formula in a step's config, and where. Goes no deeper than the JSON of a request may. */
export function textsOf(step: Step, at: string): StepText[] {
  const { programs, formulas } = rulesOf(step)
  const texts: StepText[] = []
  for (const [key, value] of Object.entries(step.config)) {
    if (programs.includes(key)) continue
    const pointer = `${at}/${escaped(key)}`
    const isInside = formulas.includes(key)
    if (!isInside || typeof value !== 'string') collect(value, pointer, isInside)
    else if (value !== '') texts.push({ text: value, pointer, kind: 'formula', isInside })
  }
  return texts

  function collect(value: unknown, pointer: string, isInside: boolean): void {
    if (typeof value === 'string') {
      if (hasPlaceholder(value)) texts.push({ text: value, pointer, kind: 'template', isInside })
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) collect(item, `${pointer}/${i}`, isInside)
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) collect(value[key], `${pointer}/${escaped(key)}`, isInside)
      const { field, left } = value
      if (isInside && left === undefined && typeof field === 'string' && isBarePath(field)) {
        texts.push({ text: field, pointer: `${pointer}/field`, kind: 'field', isInside })
      }
    }
  }
}

/** What each template and formula in a step's config reads. */
export function readingsOf(step: Step): Reading[] {
  return textsOf(step, '').map((text) => readingOfText(text, (field) => bareTemplate(field, [])))
}

/** @param templateOf the template that a field without braces stands for; null: it is text, and reads nothing. */
export function readingOfText(
  { text, kind }: StepText,
  templateOf: (field: string) => string | null,
): Reading {
  if (kind === 'formula') return formulaReading(text)
  return templateReading(kind === 'field' ? (templateOf(text) ?? '') : text)
}

// --- internal ---

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

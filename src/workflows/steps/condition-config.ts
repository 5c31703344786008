import { isObject, type Json } from '../../lib/json-object.ts'
import { formulaProblem } from '../templates/formula.ts'
import { bareTemplate } from './bare-field.ts'
import { type ConditionOperator, isUnary, operatorOf } from './condition-operators.ts'

export type Condition =
  | { kind: 'formula'; text: string }
  | { kind: 'and' | 'or' | 'not'; conditions: Condition[] }
  | { kind: 'comparison'; left: unknown; operator: ConditionOperator; right: unknown; written: Json }

/** @param path where in the config: "conditions.conditions[1].operator". */
export type ConditionProblem = { path: string; message: string }

/**
 * Reads a condition's config in any of the vendor's forms (workflows/README.md, "Conditions"), operands as they are
 * written. There is a condition where there is no problem.
 * @param items the names that the loops around it give their item and index: a `field` may be one of them.
 */
export function readCondition(
  config: Json,
  items: readonly string[] = [],
): { condition: Condition | null; problems: ConditionProblem[] } {
  const reader: Reader = { problems: [], count: 0, items }
  const condition = conditionOf(config, reader)
  return { condition: reader.problems.length === 0 ? condition : null, problems: reader.problems }
}

// --- internal ---

type Reader = { problems: ConditionProblem[]; count: number; items: readonly string[] }

/** How many conditions one step may have, nested ones and all. */
const CONDITIONS_MAX = 1000

function conditionOf(config: Json, reader: Reader): Condition | null {
  const { conditions, combineOperator } = config
  for (const name of ['expression', 'condition', 'conditions']) {
    const text = config[name]
    if (typeof text === 'string') return formulaOf(text, name, reader)
  }
  if (!Array.isArray(conditions)) {
    if (isObject(conditions)) return nodeOf(conditions, 'conditions', reader)
    const missing = 'must be a comparison, a list of comparisons or an expression'
    return problem(reader, 'conditions', missing)
  }
  const kind = junctionOf(combineOperator ?? 'and')
  if (kind === null || kind === 'not') return problem(reader, 'combineOperator', 'must be AND or OR')
  return junction(kind, conditions, 'conditions', reader)
}

function formulaOf(text: string, path: string, reader: Reader): Condition | null {
  const wrong = formulaProblem(text)
  return wrong === null ? { kind: 'formula', text } : problem(reader, path, `cannot be read: ${wrong}`)
}

function nodeOf(node: unknown, path: string, reader: Reader): Condition | null {
  reader.count++
  if (reader.count > CONDITIONS_MAX) {
    return reader.count === CONDITIONS_MAX + 1
      ? problem(reader, path, `is more than ${CONDITIONS_MAX} conditions`)
      : null
  }
  if (!isObject(node)) return problem(reader, path, 'must be an object')
  if (node.conditions === undefined) return comparisonOf(node, path, reader)
  const kind = junctionOf(node.operator ?? node.combineOperator)
  if (kind === null) return problem(reader, `${path}.operator`, 'must be and, or or not')
  const inner = Array.isArray(node.conditions) ? node.conditions : [node.conditions]
  return junction(kind, inner, `${path}.conditions`, reader)
}

function junction(
  kind: 'and' | 'or' | 'not',
  nodes: readonly unknown[],
  path: string,
  reader: Reader,
): Condition | null {
  if (nodes.length === 0) return problem(reader, path, 'must hold at least one condition')
  const conditions = nodes.map((node, i) => nodeOf(node, `${path}[${i}]`, reader))
  return { kind, conditions: conditions.filter((condition) => condition !== null) }
}

function comparisonOf(node: Json, path: string, reader: Reader): Condition | null {
  const operator = operatorOf(node.operator)
  const left = node.left === undefined ? fieldOf(node.field, reader) : node.left
  const right = node.right === undefined ? node.value : node.right
  const isStudios = node.left === undefined && node.field !== undefined
  const rightPath = `${path}.${isStudios ? 'value' : 'right'}`
  if (left === undefined) problem(reader, `${path}.left`, 'is required')
  if (operator === null) return problem(reader, `${path}.operator`, operatorProblem(node.operator))
  if (right === undefined && !isUnary(operator)) {
    return problem(reader, rightPath, `is required for ${operator}`)
  }
  return { kind: 'comparison', left, operator, right: right ?? null, written: node }
}

function operatorProblem(operator: unknown): string {
  return operator === undefined ? 'is required' : 'must be an operator such as eq, gt, contains or exists'
}

function fieldOf(field: unknown, { items }: Reader): unknown {
  return typeof field === 'string' ? (bareTemplate(field, items) ?? field) : field
}

function junctionOf(word: unknown): 'and' | 'or' | 'not' | null {
  const lower = typeof word === 'string' ? word.toLowerCase() : ''
  return lower === 'and' || lower === 'or' || lower === 'not' ? lower : null
}

function problem(reader: Reader, path: string, message: string): null {
  reader.problems.push({ path, message })
  return null
}

import { AppError, PROBLEMS_MAX } from '../errors.ts'
import { jsonExcess } from '../http/json-bounds.ts'
import { problemsWith } from '../http/validator.ts'
import type { Problem } from '../lib/problem.ts'
import { type Seed, seedSchema } from './seed-schema.ts'

/** A seed is read once, before the server answers anybody; what it may hold is bounded all the same. */
const BOUNDS = { depth: 64, values: 1_000_000, names: 100_000, orders: 100_000 }

/** @throws INVALID_INPUT that names the place of each problem */
export function readSeed(text: string): Seed {
  const excess = jsonExcess(text, BOUNDS)
  if (excess !== null) refuseSeed([{ field: '', message: excess }])
  const value = parsed(text)
  refuseSeed(problemsWith(seedSchema, value))
  return value as Seed
}

/** Refuses the seed as a whole where something is wrong with it. @throws INVALID_INPUT */
export function refuseSeed(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const told = problems.slice(0, PROBLEMS_MAX)
  const more = problems.length > told.length ? `, of which the first ${told.length} are told` : ''
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  throw new AppError('INVALID_INPUT', `the seed has ${count}${more}; nothing was made of it`, told)
}

// --- internal ---

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own words hold a part of the text, which may be a secret.
    throw new AppError('INVALID_INPUT', 'the seed is not JSON', [], { cause: error })
  }
}
